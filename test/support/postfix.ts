import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificates } from './certificates.ts'
import { type ChildServer, freePort, skipReason, startChildServer } from './child-server.ts'

const POSTFIX = '/usr/sbin/postfix'

/** Empty, or why Postfix's suites are skipped. */
export const noPostfix = skipReason('postfix', POSTFIX)

/** Postfix on 127.0.0.1; the child is its master, in a process group of its own. */
export interface Postfix {
  readonly child: ChildServer
  readonly ports: Readonly<Record<'smtp' | 'smtps' | 'submission', number>>
}

/** Starts it with all its files in this folder; it asks this socket about logins. */
export async function startPostfix(
  dir: string,
  certificates: Certificates,
  authSocket: string,
): Promise<Postfix> {
  const ports = {
    smtp: await freePort(),
    smtps: await freePort(),
    submission: await freePort(),
  }
  chmodSync(dir, 0o755)
  for (const name of ['conf', 'queue', 'data']) mkdirSync(join(dir, name))
  writeFileSync(join(dir, 'conf', 'main.cf'), mainConfiguration(dir, certificates, authSocket))
  writeFileSync(join(dir, 'conf', 'master.cf'), services(ports))
  const [uid = 0, gid = 0] = accountOf('postfix')
  chownSync(join(dir, 'data'), uid, gid)
  const script = await startChildServer([POSTFIX, '-c', join(dir, 'conf'), 'start-fg'], ports.smtp)
  const master = masterOf(join(dir, 'queue', 'pid', 'master.pid'))
  const child: ChildServer = {
    ...script,
    child: Object.create(script.child, { pid: { value: master } }),
    async stop() {
      process.kill(master, 'SIGTERM')
      await script.stop()
    },
  }
  return { child, ports }
}

function masterOf(pidFile: string): number {
  if (!existsSync(pidFile)) throw new Error(`no ${pidFile}: Postfix did not start`)
  return Number(readFileSync(pidFile, 'utf8'))
}

function mainConfiguration(dir: string, { cert, key }: Certificates, authSocket: string): string {
  return `compatibility_level = 3.6
queue_directory = ${dir}/queue
data_directory = ${dir}/data
maillog_file_prefixes = ${dir}
maillog_file = ${dir}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.shop.test
mydestination = shop.test
local_recipient_maps = inline:{ postmaster=x }
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtpd_delay_reject = no
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${cert}
smtpd_tls_key_file = ${key}
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${authSocket}
smtpd_sasl_auth_enable = yes
smtpd_error_sleep_time = 0
smtpd_client_connection_rate_limit = 0
`
}

function services({ smtp, smtps, submission }: Postfix['ports']): string {
  return `127.0.0.1:${smtp} inet n - n - - smtpd
127.0.0.1:${smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
127.0.0.1:${submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_auth_only=yes
postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
`
}

/** User and group number of an account. */
function accountOf(name: string): readonly number[] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`))
  return line?.split(':').slice(2, 4).map(Number) ?? []
}
