import { bad, type DoctorFinding, type Findings, ok, skipped, warning } from './finding.ts'
import { type Host, placesOf, sysctl } from './host.ts'

const BACKUP_ONLY = 'net.ipv4.vs.backup_only'

/** One of the kernel's threads that tell another director of connections, or hear of them. */
interface SyncDaemon {
  readonly state: 'master' | 'backup'
  readonly device: string
  readonly id: number
}

/**
 * Connections are told to another director without the traps of that (kernel
 * Documentation/networking/ipvs-sysctl.rst, backup_only; ip_vs_sync.c for the id 0).
 */
export async function checkSync(host: Host): Promise<Findings> {
  const { status, stdout } = await host.view.run(['ipvsadm', '-L', '--daemon'])
  if (status !== 0) return [skipped('sync', 'ipvsadm -L --daemon does not work here')]
  const daemons = readDaemons(stdout)
  if (daemons.length === 0) {
    return [skipped('sync', 'no sync daemon: connections break when another director takes over')]
  }
  const backup = daemons.find(({ state }) => state === 'backup')
  const findings = [
    ...(backup === undefined ? [] : unfiltered(backup)),
    ...(await backupOnly(host, daemons)),
  ]
  const evidence = daemons.map(({ state, device, id }) => `${state} on ${device}, syncid ${id}`)
  return findings.length > 0 ? findings : [ok('sync', evidence.join('; '))]
}

/** With id 0 a backup takes the connections of every cluster on the network for its own. */
function unfiltered({ device, id }: SyncDaemon): readonly DoctorFinding[] {
  if (id !== 0) return []
  const message = `the backup on ${device} has syncid 0, and takes what any cluster there tells`
  const start = `ipvsadm --start-daemon backup --mcast-interface ${device} --syncid 1`
  return [warning('sync', message, `ipvsadm --stop-daemon backup && ${start}`)]
}

async function backupOnly(
  host: Host,
  daemons: readonly SyncDaemon[],
): Promise<readonly DoctorFinding[]> {
  const states = daemons.map(({ state }) => state)
  const value = await sysctl(host, BACKUP_ONLY)
  if (!states.includes('backup') || value === undefined) return []
  if (states.includes('master')) {
    if (value === 0) return []
    const message =
      `${BACKUP_ONLY} is ${value}, and a backup runs beside the master: this director forwards ` +
      'nothing at all'
    return [bad('sync', message, `sysctl -w ${BACKUP_ONLY}=0`)]
  }
  const isServer = placesOf(host).some(({ server }) => server.forwarding !== 'masquerade')
  if (value !== 0 || !isServer) return []
  const message =
    `${BACKUP_ONLY} is 0 on a backup that is a real server, too: it sends on what the director ` +
    'sends it, and packets go round in circles'
  return [bad('sync', message, `sysctl -w ${BACKUP_ONLY}=1`)]
}

/** `master sync daemon (mcast=eth0, syncid=1, …)`, a line each. */
function readDaemons(text: string): readonly SyncDaemon[] {
  const lines = text.matchAll(/^(master|backup) sync daemon \(mcast=([^,)\s]+), syncid=(\d+)/gm)
  return Array.from(lines, ([, state, device = '', id]) => ({
    ...{ state: state === 'master' ? ('master' as const) : ('backup' as const) },
    ...{ device, id: Number(id) },
  }))
}
