import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench, Measure } from './bench.ts'
import { freePort, startNginx, waitUntilReady } from './local-nginx.ts'

const PROBES = 10_000
const INTERVAL_MS = 2000
const WARM_UP_MS = 5000
const MEASURED_MS = 8000
const CONNECTIONS = 64
const MOST_OF_WRK = 2.2
const LEAST_OF_BLACKBOX = 5
/** USER_HZ of proc(5): ticks in a second, 100 on every Linux that Debian builds. */
const TICKS_PER_S = 100

/** What one tool spent. */
interface Cost {
  readonly usPerCheck: number
  readonly checksPerS: number
}

/** CPU of one HTTP check on a fresh connection, beside the floor and beside the usual exporter. */
export const bench: Bench = {
  name: 'http',
  summary: 'CPU of one HTTP check: the whole prober, wrk, prometheus-blackbox-exporter',
  async run() {
    const nginx = await startNginx()
    try {
      const wrk = await measureWrk(nginx.port)
      const prober = await measureProber(nginx.port)
      const blackbox = await measureBlackbox(nginx.port)
      return report(prober, wrk, blackbox)
    } finally {
      await nginx.stop()
    }
  },
}

function report(prober: Cost, wrk: Cost, blackbox: Cost): readonly Measure[] {
  const toWrk = prober.usPerCheck / wrk.usPerCheck
  const toProber = blackbox.usPerCheck / prober.usPerCheck
  const unit = 'us CPU per check'
  return [
    { what: 'wrk, a fresh connection each', value: wrk.usPerCheck, unit },
    {
      what: `prober, ${PROBES} probes every ${INTERVAL_MS / 1000} s, observations included`,
      value: prober.usPerCheck,
      unit,
      ratioTo: 'wrk',
      ratio: toWrk,
      goal: `at most ${MOST_OF_WRK}`,
      met: toWrk <= MOST_OF_WRK,
    },
    { what: 'prober', value: prober.checksPerS, unit: 'checks a second' },
    {
      what: 'prometheus-blackbox-exporter',
      value: blackbox.usPerCheck,
      unit,
      ratioTo: 'prober',
      ratio: toProber,
      goal: `at least ${LEAST_OF_BLACKBOX}`,
      met: toProber >= LEAST_OF_BLACKBOX,
    },
  ]
}

async function measureProber(port: number): Promise<Cost> {
  const script = fileURLToPath(new URL('prober-child.mjs', import.meta.url))
  const numbers = [port, PROBES, INTERVAL_MS, WARM_UP_MS, MEASURED_MS].map(String)
  const { output } = await runTool(process.execPath, [script, ...numbers])
  const { checks, passed, cpuUs, elapsedMs } = JSON.parse(output)
  if (checks === 0 || passed < checks)
    throw new Error(`${checks - passed} of ${checks} checks failed`)
  return { usPerCheck: cpuUs / checks, checksPerS: checks / (elapsedMs / 1000) }
}

/** bash times its child: Node tells the CPU time of its own process only. */
async function measureWrk(port: number): Promise<Cost> {
  const seconds = MEASURED_MS / 1000
  const url = `http://127.0.0.1:${port}/health`
  const wrk = `wrk -t1 -c${CONNECTIONS} -d${seconds}s -H 'Connection: close' ${url}`
  const { output, errors } = await runTool('bash', ['-c', `TIMEFORMAT='%U %S'; time ${wrk}`])
  const [user = Number.NaN, system = Number.NaN] = errors.trim().split(/\s+/).slice(-2).map(Number)
  const checks = Number(/(\d+) requests in/.exec(output)?.[1])
  return { usPerCheck: ((user + system) * 1e6) / checks, checksPerS: checks / seconds }
}

async function measureBlackbox(port: number): Promise<Cost> {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-blackbox-'))
  const config = join(dir, 'blackbox.yml')
  const ownPort = await freePort()
  writeFileSync(config, 'modules: { http: { prober: http, timeout: 1s } }\n')
  const child = spawn(
    'prometheus-blackbox-exporter',
    [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${ownPort}`],
    { stdio: 'ignore' },
  )
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    await waitUntilReady(ownPort)
    const path = `/probe?module=http&target=http://127.0.0.1:${port}/health`
    const cpuBefore = cpuOf(child.pid)
    const checks = await askFor(MEASURED_MS, ownPort, path)
    const cpuS = cpuOf(child.pid) - cpuBefore
    return { usPerCheck: (cpuS * 1e6) / checks, checksPerS: checks / (MEASURED_MS / 1000) }
  } finally {
    child.kill('SIGTERM')
    await ended
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Asks on kept connections for so long; returns the number of successful probes. */
async function askFor(durationMs: number, port: number, path: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const until = performance.now() + durationMs
  let checks = 0
  async function worker(): Promise<void> {
    while (performance.now() < until) {
      const body = await fetchText(agent, port, path)
      if (!body.includes('\nprobe_success 1')) throw new Error('a probe of blackbox failed')
      checks++
    }
  }
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  } finally {
    agent.destroy()
  }
  return checks
}

function fetchText(agent: Agent, port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        text += part
      })
      response.on('end', () => resolve(text))
    })
    request.on('error', reject)
  })
}

/** User and system time of a process in seconds (proc(5) stat, fields 14 and 15). */
function cpuOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S
}

function runTool(command: string, args: string[]): Promise<{ output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (part) => {
      output += part
    })
    child.stderr.on('data', (part) => {
      errors += part
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve({ output, errors })
      else reject(new Error(`${command} ended with ${code}: ${errors}`))
    })
  })
}
