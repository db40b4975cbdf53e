import { bad, type Findings, ok, skipped, warning } from './finding.ts'
import type { Host } from './host.ts'

const NATS_PORT = 4222

/** The clock is held by somebody: times in logs and alerts of several machines are compared. */
export async function checkClock({ view }: Host): Promise<Findings> {
  const chrony = await view.run(['chronyc', '-n', 'tracking'])
  if (chrony.status === 0) {
    const leap = /^Leap status\s*:\s*(.+)$/m.exec(chrony.stdout)?.[1] ?? 'unknown'
    const evidence = `chronyc tracking: leap status ${leap}`
    return leap === 'Normal'
      ? [ok('clock', evidence)]
      : [warning('clock', evidence, 'systemctl restart chrony')]
  }
  const timedate = await view.run(['timedatectl', 'show', '-p', 'NTPSynchronized', '--value'])
  const isHeld = timedate.stdout.trim()
  if (timedate.status !== 0 || (isHeld !== 'yes' && isHeld !== 'no')) {
    return [skipped('clock', 'neither chronyc nor timedatectl says whether it is synchronized')]
  }
  const evidence = `timedatectl: NTPSynchronized=${isHeld}`
  return isHeld === 'yes'
    ? [ok('clock', evidence)]
    : [warning('clock', evidence, 'timedatectl set-ntp true')]
}

/** Each NATS server answers, and has JetStream, which leases and logs need. */
export async function checkNats({ view, nats }: Host): Promise<Findings> {
  if (nats.length === 0) return [skipped('nats', 'no server was named; say --nats URL')]
  return Promise.all(
    nats.map(async (url) => {
      const { hostname, port } = new URL(url.includes('://') ? url : `nats://${url}`)
      const host = hostname.replace(/^\[|\]$/g, '')
      const { answer, problem } = await view.greeting(host, Number(port) || NATS_PORT)
      if (answer === undefined) return bad('nats', `${url}: ${problem}`, `nc -vz ${host} ${port}`)
      const info = readInfo(answer)
      if (info === undefined) {
        return bad('nats', `${url}: this is no NATS server: ${answer.slice(0, 60)}`)
      }
      const version = `nats-server ${String(info['version'])}`
      return info['jetstream'] === true
        ? ok('nats', `${url}: ${version} with JetStream`)
        : bad('nats', `${url}: ${version} without JetStream`, 'nats-server --jetstream')
    }),
  )
}

/** Somebody runs the monitor here. */
export async function checkDaemon({ daemon }: Host): Promise<Findings> {
  if (daemon === undefined) return []
  return daemon.isThere
    ? [ok('daemon', daemon.evidence)]
    : [warning('daemon', daemon.evidence, 'systemctl status lvs-warden')]
}

/** `INFO {…}`, the first line of every NATS server. */
function readInfo(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line.replace(/^INFO /, ''))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
