import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, skipReason, startChildServer } from './child-server.ts'

const SQUID = '/usr/sbin/squid'

/** Why suites with Squid are skipped, for their titles; empty when they are not. */
export const squidSkipped = skipReason('squid', SQUID)

/** A Squid of this test alone. */
export interface Squid {
  readonly httpPort: number
  readonly icpPort: number
  /** Squid passes over ICP from its own address, so ask from this one. */
  readonly icpSource: string
  /** May not ask by ICP. */
  readonly deniedSource: string
  pause(): void
  stop(): Promise<void>
}

/** Starts one that proxies for everyone, or for one user with this password. */
export async function startSquid(login?: {
  readonly user: string
  readonly password: string
}): Promise<Squid> {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-squid-'))
  chmodSync(dir, 0o777)
  const [httpPort, icpPort] = [await freePort(), await freePort()]
  const file = join(dir, 'squid.conf')
  writeFileSync(
    file,
    `http_port 127.0.0.1:${httpPort}
icp_port ${icpPort}
udp_incoming_address 127.0.0.1
acl strangers src 127.0.0.3
icp_access deny strangers
icp_access allow all
acl closed port 9
http_access deny CONNECT closed
${login === undefined ? '' : passwordLines(dir, login)}
http_access ${login === undefined ? 'allow all' : 'allow known'}
pinger_enable off
netdb_filename none
shutdown_lifetime 0 seconds
pid_filename none
cache_log ${dir}/cache.log
access_log none
coredump_dir ${dir}
visible_hostname proxy.test
`,
  )
  const server = await startChildServer([SQUID, '-N', '-f', file], httpPort)
  const signal = (name: NodeJS.Signals): void => {
    server.child.kill(name)
  }
  return {
    httpPort,
    icpPort,
    icpSource: '127.0.0.2',
    deniedSource: '127.0.0.3',
    pause: () => signal('SIGSTOP'),
    async stop() {
      signal('SIGCONT')
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function passwordLines(dir: string, login: { user: string; password: string }): string {
  const hash = execFileSync('openssl', ['passwd', '-apr1', login.password], { encoding: 'utf8' })
  writeFileSync(join(dir, 'passwords'), `${login.user}:${hash}`, { mode: 0o644 })
  return `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${dir}/passwords
auth_param basic children 1
acl known proxy_auth REQUIRED`
}
