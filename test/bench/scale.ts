import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Bench, Measure } from './bench.ts'
import { startNginx } from './local-nginx.ts'

const SIZES = [100, 1000, 10_000]
const SERVERS_PER_SERVICE = 100
const INTERVAL_S = 2
/** From the start to the first figure: every server has been in the table for a while. */
const WARM_UP_MS = 20_000
const MEASURED_MS = 30_000
const STOP_MS = 10_000
const MOST_GROWTH = 1.1
/** USER_HZ of proc(5): ticks in a second, 100 on every Linux that Debian builds. */
const TICKS_PER_S = 100
const DAEMON = fileURLToPath(new URL('../../dist/services/lvs-warden.js', import.meta.url))

/** What one size costs. */
interface Cost {
  readonly servers: number
  readonly usPerCheck: number
  readonly checksPerS: number
  readonly memoryMiB: number
}

/** The whole standalone process at three sizes: HTTP checks, verdicts, table, reports, status. */
export const bench: Bench = {
  name: 'scale',
  summary: 'memory and CPU of the whole monitor at 100, 1,000 and 10,000 real servers',
  async run() {
    const costs: Cost[] = []
    for (const servers of SIZES) costs.push(await measure(servers))
    return report(costs)
  },
}

async function measure(servers: number): Promise<Cost> {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-scale-'))
  const nginx = await startNginx('0.0.0.0')
  const monitor = startMonitor(dir, servers, nginx.port)
  const ended = new Promise((resolve) => monitor.once('exit', resolve))
  try {
    await delay(WARM_UP_MS)
    const checksBefore = await requestsOf(nginx.port)
    const [cpuBefore, startedAt] = [cpuOf(monitor.pid), performance.now()]
    await delay(MEASURED_MS)
    const checks = (await requestsOf(nginx.port)) - checksBefore - 1
    const cpuS = cpuOf(monitor.pid) - cpuBefore
    const elapsedS = (performance.now() - startedAt) / 1000
    const memoryMiB = memoryOf(monitor.pid)
    return { servers, usPerCheck: (cpuS * 1e6) / checks, checksPerS: checks / elapsedS, memoryMiB }
  } finally {
    const timer = setTimeout(() => monitor.kill('SIGKILL'), STOP_MS)
    monitor.kill('SIGTERM')
    await ended
    clearTimeout(timer)
    await nginx.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

function startMonitor(dir: string, servers: number, port: number): ChildProcess {
  const file = join(dir, 'cluster.yaml')
  writeFileSync(file, clusterFile(servers, port))
  const flags = ['--cluster', file, '--state', join(dir, 'state'), '--socket', join(dir, 's.sock')]
  const argv = [DAEMON, 'standalone', ...flags, '--table', 'memory', '--log-level', 'warn']
  return spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Every real server is an address of loopback, so nothing is checked for two of them at once. */
function clusterFile(servers: number, port: number): string {
  const hosts = Array.from({ length: servers }, (_, index) => {
    const address = `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`
    return `  web${index}: ${address}\n`
  })
  const services = Array.from({ length: servers / SERVERS_PER_SERVICE }, (_, index) => {
    const first = index * SERVERS_PER_SERVICE
    const names = Array.from({ length: SERVERS_PER_SERVICE }, (_, n) => `web${first + n}`)
    return `  service${index}:
    address: 192.0.2.10:${1000 + index}/tcp
    port: ${port}
    realServers: { ${names.join(', ')} }
`
  })
  const timing = `interval: ${INTERVAL_S}s, timeout: 1s, rise: 2, fall: 2`
  return `cluster: bench
defaults:
  forwarding: masquerade
  check: { type: http, path: /health, ${timing} }
realServers:
${hosts.join('')}virtualServices:
${services.join('')}`
}

function report(costs: readonly Cost[]): readonly Measure[] {
  const [first] = costs
  return costs.flatMap(({ servers, usPerCheck, checksPerS, memoryMiB }): Measure[] => {
    const what = `${servers} real servers`
    const ratio = usPerCheck / (first?.usPerCheck ?? Number.NaN)
    const growth = {
      ratioTo: `${first?.servers} real servers`,
      ratio,
      goal: `less than ${MOST_GROWTH}`,
      met: ratio < MOST_GROWTH,
    }
    const due = servers / INTERVAL_S
    const isFirst = servers === first?.servers
    return [
      { what, value: usPerCheck, unit: 'us CPU per check', ...(isFirst ? {} : growth) },
      { what: `${what}, ${due} checks due`, value: checksPerS, unit: 'checks a second' },
      { what, value: (usPerCheck * checksPerS) / 1e4, unit: '% of a core' },
      { what, value: memoryMiB, unit: 'MiB of memory (RSS)' },
    ]
  })
}

/** The third number of nginx's status page counts the requests so far, this one included. */
async function requestsOf(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/status`)
  return Number(/\d+ \d+ (\d+)/.exec(await answer.text())?.[1])
}

/** User and system time of a process in seconds (proc(5) stat, fields 14 and 15). */
function cpuOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S
}

function memoryOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}
