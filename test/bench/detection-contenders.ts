import { fileURLToPath } from 'node:url'

/** The task, the same for everyone: an interval, and two failures in a row. */
export interface DetectionTask {
  readonly vip: string
  readonly servers: readonly string[]
  readonly intervalS: number
}

/** One program that watches real servers from a director of its own. */
export interface Contender {
  /** Name of its director, too. */
  readonly name: string
  /** For people, with what was set besides the task. */
  readonly what: string
  configuration(task: DetectionTask): string
  /** How it is started; `folder` is its own, and `file` its configuration. */
  argv(file: string, folder: string): readonly string[]
}

const DAEMON = fileURLToPath(new URL('../../dist/services/lvs-warden.js', import.meta.url))

/** Everyone, in the order of the report. */
export const CONTENDERS = {
  keepalived: keepalived('keepalived', 'delay_before_retry 3 s as by default', undefined),
  hasty: keepalived('hasty', 'delay_before_retry 1 s', 1),
  ldirectord: {
    name: 'ldirectord',
    what: 'ldirectord, one process',
    configuration: ldirectordConfiguration,
    argv: (file) => ['ldirectord', file, 'start'],
  },
  warden: warden('warden', 'no tripwire', false),
  tripwire: warden('tripwire', 'tripwire', true),
} as const satisfies Readonly<Record<string, Contender>>

function keepalived(name: string, what: string, delayS: number | undefined): Contender {
  return {
    name,
    what: `keepalived, ${what}`,
    configuration: (task) => keepalivedConfiguration(task, delayS),
    argv: (file, folder) => {
      const pids = ['-p', `${folder}/parent.pid`, '-c', `${folder}/checkers.pid`]
      return ['keepalived', '-C', '-n', '-l', '-f', file, ...pids]
    },
  }
}

function keepalivedConfiguration(task: DetectionTask, delayS: number | undefined): string {
  const delay = delayS === undefined ? '' : `delay_before_retry ${delayS}`
  const servers = task.servers.map(
    (address) => `
  real_server ${address} 80 {
    weight 1
    inhibit_on_failure
    HTTP_GET {
      url { path /
        status_code 200
      }
      connect_timeout 1
      retry 1
      ${delay}
    }
  }`,
  )
  return `virtual_server ${task.vip} 80 {
  delay_loop ${task.intervalS}
  lvs_sched rr
  lvs_method DR
  protocol TCP${servers.join('')}
}
`
}

function ldirectordConfiguration(task: DetectionTask): string {
  return `checktimeout = 1
negotiatetimeout = 1
checkinterval = ${task.intervalS}
failurecount = 2
quiescent = yes
supervised = yes
virtual = ${task.vip}:80
        scheduler = rr
        protocol = tcp
        checktype = negotiate
        service = http
        request = "/"
${task.servers.map((address) => `        real = ${address}:80 gate 1\n`).join('')}`
}

function warden(name: string, what: string, tripwire: boolean): Contender {
  return {
    name,
    what: `lvs-warden, ${what}, fastInterval 50 ms`,
    configuration: (task) => wardenConfiguration(task, tripwire),
    argv: (file, folder) => {
      const flags = ['--cluster', file, '--state', `${folder}/state`, '--log-level', 'warn']
      return [process.execPath, DAEMON, 'standalone', ...flags]
    },
  }
}

function wardenConfiguration(task: DetectionTask, tripwire: boolean): string {
  const timing = `interval: ${task.intervalS}s, fastInterval: 50ms, timeout: 1s, rise: 1, fall: 2`
  const names = task.servers.map((_, index) => `web${index}`)
  const addresses = task.servers.map((address, index) => `  ${names[index]}: ${address}\n`)
  return `cluster: bench
realServers:
${addresses.join('')}virtualServices:
  web:
    address: ${task.vip}:80/tcp
    scheduler: rr
    forwarding: direct-route
    weight: 1
    check: { type: http, path: /, tripwire: ${tripwire}, ${timing} }
    realServers: { ${names.join(', ')} }
`
}
