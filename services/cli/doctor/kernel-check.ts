import { type Findings, ok, skipped, warning } from './finding.ts'
import { type Host, sysctl } from './host.ts'

/**
 * Before Linux 5.9 a client port that is used again waits a second for its new connection, where
 * `conn_reuse_mode` 1 meets entries of netfilter (kernel commit f0a5e4d7a594, "ipvs: allow
 * connection reuse for unconfirmed conntrack").
 */
export async function checkKernel(host: Host): Promise<Findings> {
  const release = (await host.view.readFile('/proc/sys/kernel/osrelease'))?.trim()
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? '') ?? []
  if (release === undefined || major === undefined) {
    return [skipped('kernel', '/proc/sys/kernel/osrelease cannot be read')]
  }
  const isOld = Number(major) < 5 || (major === '5' && Number(minor) < 9)
  const reuse = await sysctl(host, 'net.ipv4.vs.conn_reuse_mode')
  const conntrack = await sysctl(host, 'net.ipv4.vs.conntrack')
  if (!isOld || reuse !== 1 || conntrack !== 1) return [ok('kernel', `Linux ${release}`)]
  const message =
    `Linux ${release}, older than 5.9, with net.ipv4.vs.conn_reuse_mode 1 and conntrack 1: a ` +
    'client port that is used again waits a second; turn conntrack off where no rule of ' +
    'netfilter needs it, or take a newer kernel'
  return [warning('kernel', message, 'sysctl -w net.ipv4.vs.conntrack=0')]
}
