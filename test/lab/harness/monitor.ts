import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LogEvent } from '../../../services/shared/domain/log-event.ts'
import type { RealServerStatus, Status } from '../../../services/shared/wire/status.ts'
import { eventually } from './eventually.ts'
import type { Lab } from './lab.ts'
import type { CommandResult, LabProcess } from './lab-process.ts'

/** The daemon on a director of the lab, from the build, with lvsctl beside it. */
export interface LabMonitor {
  /** Replaces the cluster file; the daemon is not told. */
  write(clusterFile: string): void
  /** Starts the daemon; resolves when it says that it is ready. */
  start(...flags: readonly string[]): Promise<void>
  /** Sends a signal to the daemon and resolves when that has ended it. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<CommandResult>
  signal(name: NodeJS.Signals): void
  readonly isRunning: boolean
  /** What this run of the daemon logged so far. */
  log(): string
  /** Runs lvsctl on the director. */
  ctl(...args: readonly string[]): Promise<CommandResult>
  /** Starts an lvsctl that takes its time. */
  ctlStart(...args: readonly string[]): LabProcess
  /** Gives an order by the API, in less time than an lvsctl takes to start. */
  order(path: string, body: object): Promise<void>
  status(): Promise<Status>
  events(): Promise<readonly LogEvent[]>
  /** What it thinks and why, for the message of a test that failed; never throws. */
  explain(): Promise<string>
  /** Asks for the status until every real server has one of these verdicts. */
  allSeen(...verdicts: readonly RealServerStatus['health'][]): Promise<void>
}

/** The daemon, from the build. */
export const DAEMON = programPath('services/lvs-warden.js')
/** Its default; `/run` is the guest's own. */
const SOCKET = '/run/lvs-warden/lvs-warden.sock'
/** The operators' command, from the build. */
export const LVSCTL = programPath('services/cli/main.js')
/** A guest pays dearly for the system calls with which Node starts. */
const START_MS = 120_000
/** Of its log and of its events, in the words of a test that failed. */
const LAST_LINES = 40

/** Makes a place for a daemon on a director; nothing runs yet. */
export function createMonitor(lab: Lab, director: string): LabMonitor {
  const folder = join(lab.folder, `${director}-monitor`)
  const clusterFile = join(folder, 'cluster.yaml')
  mkdirSync(folder)
  let running: LabProcess
  let isRunning = false
  const ctl = (...args: readonly string[]) => lab.run(director, [process.execPath, LVSCTL, ...args])

  /** Not by lvsctl: a test that waits asks often, and Node takes seconds to start in a guest. */
  async function ask<Answer>(question: string): Promise<Answer> {
    const argv = ['curl', '--silent', '--fail', '--unix-socket', SOCKET]
    const answer = await lab.must(director, [...argv, `http://localhost/v1/${question}`])
    return JSON.parse(answer) as Answer
  }

  const monitor: LabMonitor = {
    write: (text) => writeFileSync(clusterFile, text),
    async start(...flags) {
      const paths = ['--cluster', clusterFile, '--state', join(folder, 'state')]
      running = lab.spawn(director, [process.execPath, DAEMON, 'standalone', ...paths, ...flags])
      isRunning = true
      running.ended.then(() => {
        isRunning = false
      })
      await eventually(
        'the daemon is ready',
        () => {
          if (!isRunning) throw new Error(`it ended:\n${running.output()}${running.errors()}`)
          return running.output().includes('"msg":"ready"')
        },
        START_MS,
      )
    },
    end(signal) {
      running.signal(signal)
      return running.ended
    },
    signal: (name) => running.signal(name),
    get isRunning() {
      return isRunning
    },
    log: () => running.output(),
    ctl,
    ctlStart: (...args) => lab.spawn(director, [process.execPath, LVSCTL, ...args]),
    async order(path, body) {
      const argv = ['curl', '--silent', '--show-error', '--fail-with-body', '--unix-socket', SOCKET]
      const json = ['--json', JSON.stringify(body)]
      await lab.must(director, [...argv, ...json, `http://localhost/v1/${path}`])
    },
    status: () => ask<Status>('status'),
    async events() {
      const { events } = await ask<{ events: LogEvent[] }>('events?limit=1000')
      return events
    },
    async explain() {
      const said = await Promise.all([monitor.status(), monitor.events()]).then(
        ([status, events]) => inWords(status, events),
        (error: unknown) => `it cannot be asked: ${String(error)}`,
      )
      const logged = monitor.log().trimEnd().split('\n').slice(-LAST_LINES)
      return [said, 'its log ends with', ...logged].join('\n')
    },
    async allSeen(...verdicts) {
      let others: readonly string[] = []
      const seen = eventually(
        `every real server is seen ${verdicts.join(' or ')}`,
        async () => {
          const { services } = await monitor.status()
          others = services.flatMap(({ name, realServers }) =>
            realServers
              .filter(({ health }) => !verdicts.includes(health))
              .map((server) => `${name}/${server.name} ${server.health}: ${server.reason}`),
          )
          return others.length === 0
        },
        START_MS,
      )
      await seen.catch((error: unknown) => {
        throw new Error(`others are left:\n${others.join('\n')}`, { cause: error })
      })
    },
  }
  return monitor
}

function inWords(status: Status, events: readonly LogEvent[]): string {
  const { at, generation, services, directors, alerts } = status
  return [
    `at ${at} it wants generation ${generation}:`,
    ...services.flatMap(({ name, guards, realServers }) => [
      ...realServers.map(
        (server) =>
          `${name}/${server.name} ${server.weight.effective}, ${server.health} since ` +
          `${server.healthSince}: ${server.reason}`,
      ),
      ...guards.map(({ guard, reason }) => `${name} guarded by ${guard}: ${reason}`),
    ]),
    ...directors.map((one) => {
      const trouble = [one.problem, ...(one.differences ?? [])].filter((what) => what !== undefined)
      const holds = `${one.name} holds ${one.generation}, reported ${one.reportedAt}`
      return [holds, ...trouble].join(': ')
    }),
    ...alerts.map(({ key, message }) => `alert ${key}: ${message}`),
    ...events
      .slice(-LAST_LINES)
      .map((event) => `${new Date(event.at).toISOString()} ${event.type}: ${event.message}`),
  ].join('\n')
}

function programPath(path: string): string {
  return fileURLToPath(new URL(`../../../dist/${path}`, import.meta.url))
}
