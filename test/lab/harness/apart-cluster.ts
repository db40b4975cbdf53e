import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LogEvent } from '../../../services/shared/domain/log-event.ts'
import type { Status } from '../../../services/shared/wire/status.ts'
import { eventually } from './eventually.ts'
import { rowsOf } from './ipvs.ts'
import { createLab, type Lab } from './lab.ts'
import type { CommandResult, LabProcess } from './lab-process.ts'
import { DAEMON, LVSCTL } from './monitor.ts'
import { type RealServer, startRealServer } from './real-server.ts'
import { addVip, directRoutingRealServer } from './roles.ts'

/** A process of the services apart: `controller c1`, on the machine of the same name. */
export interface ApartService {
  readonly name: string
  /** Starts it again; resolves when it says that it is ready. */
  start(): Promise<void>
  /** Kills it at once; resolves when it is gone. */
  kill(): Promise<void>
  /** What it has written, in all its lives. */
  log(): string
}

/** A controller that leads, and the epoch since when. */
export interface Leader {
  readonly name: string
  readonly epoch: number
}

/** Two directors, four probers in three vantages, two controllers, NATS, a console, a client. */
export interface ApartCluster {
  readonly lab: Lab
  readonly nats: ApartService
  /** By name: `c1`, `c2`, `p1` to `p4`, `lb1`, `lb2`, `desk`. Throws when there is none. */
  service(name: string): ApartService
  server(name: string): RealServer
  /** Rows of the service in a director's kernel: `web1=100`. */
  rows(director: string): Promise<readonly string[]>
  /** Waits until both kernels have these rows; throws with those that they have. */
  rowsBecome(rows: readonly string[], directors?: readonly string[]): Promise<void>
  ctl(...args: readonly string[]): Promise<CommandResult>
  /** Asks the console; rejects while nobody leads. */
  status(): Promise<Status>
  events(): Promise<readonly LogEvent[]>
  /** The controller that took the lead last; with `former`, waits for one that did so after it. */
  leader(former?: Leader): Promise<Leader>
  close(): Promise<void>
}

/** The address that clients use; `lb1` has it. */
export const APART_VIP = '10.77.0.200'
/** What a whole table looks like. */
export const WHOLE = ['web1=100', 'web2=100', 'web3=100', 'web4=100']

const NATS_ADDRESS = '10.77.0.50'
const READY_MS = 90_000
/** For a machine that is busy with other things. */
const ROWS_MS = 40_000

const CLUSTER_FILE = `cluster: lab
defaults:
  scheduler: rr
  forwarding: direct-route
  check: { type: http, interval: 1s, fastInterval: 300ms, timeout: 900ms, rise: 2, fall: 2 }
vantages: { v1: , v2: , v3: }
realServers: { web1: 10.77.0.11, web2: 10.77.0.12, web3: 10.77.0.13, web4: 10.77.0.14 }
virtualServices:
  web:
    address: ${APART_VIP}:80/tcp
    panicThreshold: 25%
    realServers: { web1: , web2: , web3: , web4: }
`

/** Makes the machines, starts every process and applies the cluster file. */
export async function createApartCluster(): Promise<ApartCluster> {
  const lab = await createLab()
  try {
    return await fill(lab)
  } catch (error) {
    await lab.close()
    throw error
  }
}

async function fill(lab: Lab): Promise<ApartCluster> {
  const booting = Promise.all([lab.director('lb1', 1), lab.director('lb2', 2)])
  await lab.host('client', 100)
  await lab.host('nats', 50)
  for (const [index, name] of ['c1', 'c2', 'p1', 'p2', 'p3', 'desk', 'p4'].entries()) {
    await lab.host(name, 51 + index)
  }
  const servers = new Map<string, RealServer>()
  for (const number of [1, 2, 3, 4]) {
    const name = `web${number}`
    await lab.host(name, 10 + number)
    await directRoutingRealServer(lab, name, APART_VIP)
    servers.set(name, await startRealServer(lab, name, [80]))
  }
  await booting
  await addVip(lab, 'lb1', APART_VIP)
  const nats = natsService(lab)
  await nats.start()
  const services = apartServices(lab)
  await Promise.all([...services.values()].map((service) => service.start()))
  const cluster = createHandle(lab, nats, services, servers)
  const file = join(lab.folder, 'cluster.yaml')
  writeFileSync(file, CLUSTER_FILE)
  let said = ''
  const applied = eventually(
    'the cluster file is applied',
    async () => {
      const { status, stdout, stderr } = await cluster.ctl('apply', file)
      said = stdout + stderr
      return status === 0
    },
    READY_MS,
  )
  await applied.catch((error: unknown) => {
    throw new Error(`the cluster file is not applied: ${said}`, { cause: error })
  })
  await cluster.rowsBecome(WHOLE)
  return cluster
}

function createHandle(
  lab: Lab,
  nats: ApartService,
  services: ReadonlyMap<string, ApartService>,
  servers: ReadonlyMap<string, RealServer>,
): ApartCluster {
  const names = Object.fromEntries([1, 2, 3, 4].map((n) => [`10.77.0.${10 + n}`, `web${n}`]))
  const rows = (director: string) => rowsOf(lab, director, `-t ${APART_VIP}:80`, names)

  async function ask<Answer>(question: string): Promise<Answer> {
    const argv = ['curl', '--silent', '--fail', '--unix-socket', socketOf(lab)]
    return JSON.parse(
      await lab.must('desk', [...argv, `http://localhost/v1/${question}`]),
    ) as Answer
  }

  const cluster: ApartCluster = {
    lab,
    nats,
    service: (name) => found(services, name),
    server: (name) => found(servers, name),
    rows,
    async rowsBecome(wanted, directors = ['lb1', 'lb2']) {
      let last: readonly string[] = []
      const become = eventually(
        `the rows of ${directors.join(' and ')} are ${wanted.join(', ')}`,
        async () => {
          const tables = await Promise.all(directors.map(rows))
          last = tables.map((table, index) => `${directors[index]}: ${table.join(' ')}`)
          return tables.every((table) => table.join() === wanted.join())
        },
        ROWS_MS,
      )
      await become.catch((error: unknown) => {
        throw new Error(`the rows are ${last.join('; ')}`, { cause: error })
      })
    },
    ctl: (...args) =>
      lab.run('desk', [process.execPath, LVSCTL, ...args, '--socket', socketOf(lab)]),
    status: () => ask<Status>('status'),
    async events() {
      const { events } = await ask<{ events: LogEvent[] }>('events?limit=10000')
      return events
    },
    async leader(former = { name: '', epoch: 0 }) {
      const logs = () => ['c1', 'c2'].map((name) => found(services, name).log())
      const latest = () => leaders(logs()).at(-1) ?? former
      await eventually('a controller leads', () => latest().epoch > former.epoch, ROWS_MS)
      return latest()
    },
    close: () => lab.close(),
  }
  return cluster
}

/** Everyone who took the lead, by epoch. */
function leaders(logs: readonly string[]): readonly Leader[] {
  const lines = logs.flatMap((log) => log.split('\n'))
  return lines
    .filter((line) => line.includes('"msg":"controller leads"') && line.endsWith('}'))
    .map((line) => {
      const { controller: name, epoch } = JSON.parse(line) as { controller: string; epoch: number }
      return { name, epoch }
    })
    .sort((a, b) => a.epoch - b.epoch)
}

function apartServices(lab: Lab): ReadonlyMap<string, ApartService> {
  const controller = (name: string) => apartService(lab, 'controller', name)
  const prober = (n: number, vantage = n) =>
    apartService(lab, 'prober', `p${n}`, '--vantage', `v${vantage}`)
  const director = (name: string) =>
    apartService(lab, 'director', name, '--state', join(lab.folder, 'directors'))
  const all = [
    controller('c1'),
    controller('c2'),
    prober(1),
    prober(2),
    prober(3),
    prober(4, 1),
    director('lb1'),
    director('lb2'),
    apartService(lab, 'console', 'desk', '--socket', socketOf(lab), '--state', lab.folder),
  ]
  return new Map(all.map((service) => [service.name, service]))
}

function apartService(
  lab: Lab,
  role: string,
  name: string,
  ...flags: readonly string[]
): ApartService {
  const argv = [process.execPath, DAEMON, role, '--cluster-name', 'lab', '--name', name]
  const url = `nats://${NATS_ADDRESS}:4222`
  return processOn(lab, name, [...argv, '--nats-url', url, ...flags], `"msg":"${role} runs"`)
}

function natsService(lab: Lab): ApartService {
  const folder = join(lab.folder, 'nats-store')
  mkdirSync(folder)
  const config = join(folder, 'nats.conf')
  writeFileSync(
    config,
    `listen: "${NATS_ADDRESS}:4222"\njetstream { store_dir: "${folder}", max_file: 256M }\n`,
  )
  return processOn(lab, 'nats', ['nats-server', '-c', config], 'Server is ready')
}

function processOn(
  lab: Lab,
  machine: string,
  argv: readonly string[],
  ready: string,
): ApartService {
  let running: LabProcess
  let isRunning = false
  let former = ''
  return {
    name: machine,
    async start() {
      const started = lab.spawn(machine, argv)
      running = started
      isRunning = true
      void started.ended.then(() => {
        if (running === started) isRunning = false
      })
      await eventually(
        `${machine} is ready`,
        () => {
          const text = started.output() + started.errors()
          if (!isRunning) throw new Error(`it ended:\n${text}`)
          return text.includes(ready)
        },
        READY_MS,
      )
    },
    async kill() {
      running.signal('SIGKILL')
      await running.ended
      former += running.output() + running.errors()
    },
    log: () => former + (isRunning ? running.output() + running.errors() : ''),
  }
}

function socketOf(lab: Lab): string {
  return join(lab.folder, 'desk.sock')
}

function found<Value>(map: ReadonlyMap<string, Value>, name: string): Value {
  const value = map.get(name)
  if (value === undefined) throw new Error(`there is no ${name}`)
  return value
}
