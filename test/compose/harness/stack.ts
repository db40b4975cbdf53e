import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeSecrets } from '../../../services/init/make-secrets.ts'
import type { Status } from '../../../services/shared/wire/status.ts'
import { freePort } from '../../support/child-server.ts'
import { projectDir } from '../../support/source-files.ts'
import { type CommandResult, docker } from './engine.ts'

/** The whole of docker-compose.yml on this machine's engine, with two real servers beside it. */
export interface Stack {
  /** `docker compose …`; resolves whatever it ends with. */
  compose(...args: readonly string[]): Promise<CommandResult>
  /** The same; throws with what it said when it does not end well. */
  must(...args: readonly string[]): Promise<string>
  /** `lvsctl …` in the console's container. */
  ctl(args: readonly string[], input?: string): Promise<CommandResult>
  status(): Promise<Status>
  /** Health of each container by the name of its service, as Docker sees it. */
  health(): Promise<Readonly<Record<string, string>>>
  /** Runs InfluxQL as the historian's user; the answer as InfluxDB gives it. */
  influx(query: string): Promise<unknown>
  /** Size of our image, and of what our Dockerfile adds to its base. */
  imageBytes(): Promise<{ readonly whole: number; readonly own: number }>
  /** Takes everything down, volumes and images of this run included. */
  remove(): Promise<void>
}

const LIMIT_MS = 240_000
const PAUSE_MS = 500
/** The last FROM of the Dockerfile. */
const BASE_IMAGE = 'node:24-bookworm-slim'

/** Makes secrets and settings in a folder of its own; nothing runs yet. */
export async function createStack(): Promise<Stack> {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-compose-'))
  await makeSecrets(dir, 'shop')
  const project = `lvs-warden-test-${process.pid}`
  const image = `${project}:latest`
  const nats = `127.0.0.1:${await freePort()}`
  const env = {
    COMPOSE_PROFILES: 'control,director',
    LVS_WARDEN_CLUSTER_NAME: 'shop',
    LVS_WARDEN_IMAGE: image,
    LVS_WARDEN_NATS_LISTEN: nats,
    LVS_WARDEN_DIRECTOR_NATS_URL: `nats://${nats}`,
    LVS_WARDEN_DIRECTOR_NAME: 'lvs1',
    LVS_WARDEN_DIRECTOR_HTTP: `127.0.0.1:${await freePort()}`,
    LVS_WARDEN_HTTPS_LISTEN: `127.0.0.1:${await freePort()}`,
    LVS_WARDEN_GRAFANA_LISTEN: `127.0.0.1:${await freePort()}`,
    // The kernels that engines run on seldom have IPVS.
    LVS_WARDEN_TABLE: 'memory',
  }
  const more = join(dir, 'more.yml')
  writeFileSync(more, overrides(dir, image))
  const files = ['-f', join(projectDir, 'docker-compose.yml'), '-f', more]
  const run = (args: readonly string[], input = '') =>
    docker(['compose', '-p', project, ...files, ...args], { input, env })

  const stack: Stack = {
    compose: (...args) => run(args),
    async must(...args) {
      const { code, stdout, stderr } = await run(args)
      if (code !== 0) throw new Error(`docker compose ${args.join(' ')}: ${stderr}${stdout}`)
      return stdout
    },
    ctl: (args, input = '') => run(['exec', '-T', 'console', 'lvsctl', ...args], input),
    async status() {
      const { code, stdout, stderr } = await stack.ctl(['status', '--json'])
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout) as Status
    },
    async health() {
      const text = await stack.must('ps', '--all', '--format', 'json')
      const lines = text.split('\n').filter((line) => line !== '')
      const rows = lines.map((line) => JSON.parse(line) as Record<string, string>)
      return Object.fromEntries(
        rows.map(({ Service = '', State, Health }) => [Service, Health || State || 'unknown']),
      )
    },
    async influx(query) {
      const { code, stdout, stderr } = await run([
        'exec',
        '-T',
        'historian',
        'node',
        '-e',
        ASK,
        query,
      ])
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout)
    },
    async imageBytes() {
      const [whole = 0, base = 0] = await Promise.all([sizeOf(image), sizeOf(BASE_IMAGE)])
      return { whole, own: whole - base }
    },
    async remove() {
      await run(['down', '--volumes', '--remove-orphans', '--timeout', '5'])
      await docker(['image', 'rm', image])
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return stack
}

async function sizeOf(image: string): Promise<number> {
  const { code, stdout, stderr } = await docker([
    ...['image', 'inspect', '--format', '{{.Size}}', image],
  ])
  if (code !== 0) throw new Error(stderr)
  return Number(stdout)
}

/** Waits for a fact; throws after four minutes with the last thing that was not so. */
export async function until(what: string, wrong: () => Promise<string>): Promise<void> {
  const end = Date.now() + LIMIT_MS
  for (;;) {
    const story = await wrong().catch((error: unknown) => String(error))
    if (story === '') return
    if (Date.now() > end) throw new Error(`in vain: ${what}: ${story}`)
    await pause(PAUSE_MS)
  }
}

/** Secrets of this run, and real servers made from the image that there is. */
function overrides(dir: string, image: string): string {
  const compose = readFileSync(join(projectDir, 'docker-compose.yml'), 'utf8')
  const secrets = [...compose.matchAll(/\.\/secrets\/([a-z.-]+)/g)].map(([, name = '']) => name)
  const server = `
    image: ${image}
    networks: [control]
    healthcheck: { disable: true }
    entrypoint: [node, -e, "${REAL_SERVER}"]`
  return `services:
  web1:${server}
  web2:${server}
secrets:
${secrets.map((name) => `  ${name}: { file: ${join(dir, 'secrets', name)} }\n`).join('')}`
}

const REAL_SERVER =
  "require('node:http').createServer((_, response) => response.end('ready')).listen(8080)"

/** A program for the historian's container. */
const ASK = `
const password = require('node:fs').readFileSync('/run/secrets/influx-warden', 'utf8').trim()
const query = new URLSearchParams({ db: 'lvs', q: process.argv[1] })
const login = 'Basic ' + Buffer.from('warden:' + password).toString('base64')
fetch('http://influxdb:8086/query?' + query, { headers: { authorization: login } })
  .then((response) => response.text())
  .then((text) => console.log(text))
`
