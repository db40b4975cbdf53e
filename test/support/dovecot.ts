import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificates } from './certificates.ts'
import { type ChildServer, freePort, skipReason, startChildServer } from './child-server.ts'

const DOVECOT = '/usr/sbin/dovecot'

/** Owner of all mail. */
const NOBODY = 65_534

/** Empty, or why Dovecot's suites are skipped. */
export const noDovecot = skipReason(
  'dovecot-pop3d and dovecot-imapd',
  DOVECOT,
  '/usr/lib/dovecot/pop3',
  '/usr/lib/dovecot/imap',
)

/** Dovecot with POP3 and IMAP, plain and over TLS, on 127.0.0.1. */
export interface Dovecot {
  readonly child: ChildServer
  readonly ports: Readonly<Record<'pop3' | 'pop3s' | 'imap' | 'imaps', number>>
  /** Where another server asks it about logins (SASL). */
  readonly authSocket: string
}

/** An account that it knows, with every letter that must be quoted. */
export const EVE = { user: 'eve', password: 'open "sesame" \\o/' } as const
/** An account whose password is no ASCII. */
export const BOB = { user: 'bob', password: 'smørebrød' } as const

/** Starts it with all its files in this folder. */
export async function startDovecot(dir: string, certificates: Certificates): Promise<Dovecot> {
  const ports = {
    pop3: await freePort(),
    pop3s: await freePort(),
    imap: await freePort(),
    imaps: await freePort(),
  }
  const authSocket = join(dir, 'auth')
  const config = join(dir, 'dovecot.conf')
  chmodSync(dir, 0o755)
  mkdirSync(join(dir, 'home'))
  chownSync(join(dir, 'home'), NOBODY, NOBODY)
  const users = [EVE, BOB].map(({ user, password }) => `${user}:{PLAIN}${password}\n`)
  writeFileSync(join(dir, 'users'), users.join(''))
  writeFileSync(config, configuration(dir, certificates, ports, authSocket))
  const child = await startChildServer([DOVECOT, '-F', '-c', config], ports.pop3)
  return { child, ports, authSocket }
}

function configuration(
  dir: string,
  { cert, key }: Certificates,
  ports: Dovecot['ports'],
  authSocket: string,
): string {
  return `base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = /dev/stderr
protocols = pop3 imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${cert}
ssl_key = <${key}
disable_plaintext_auth = no
auth_mechanisms = plain login apop
auth_failure_delay = 0
mail_location = maildir:${dir}/home/mail
mail_max_userip_connections = 1000
passdb {
  driver = passwd-file
  args = ${dir}/users
}
userdb {
  driver = static
  args = uid=${NOBODY} gid=${NOBODY} home=${dir}/home
}
service auth {
  unix_listener ${authSocket} {
    mode = 0666
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${ports.pop3}
  }
  inet_listener pop3s {
    port = ${ports.pop3s}
    ssl = yes
  }
}
service imap-login {
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
`
}
