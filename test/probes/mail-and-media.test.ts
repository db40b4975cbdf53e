import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Check, Target } from '../../probes/check.ts'
import { pop3 } from '../../probes/pop3.ts'
import { rtsp } from '../../probes/rtsp.ts'
import { smtp } from '../../probes/smtp.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import { probe, verdict } from '../support/probe-run.ts'

const DOVECOT = '/usr/sbin/dovecot'
const POSTFIX = '/usr/sbin/postfix'
const PYTHON = '/usr/bin/python3'

/** The command line that runs the server on this port in the foreground. */
type Setup = (dir: string, port: number) => readonly string[]

const servers: readonly (readonly [string, Check, string, RegExp, Setup, string])[] = [
  ['Postfix', smtp, skipReason('postfix', POSTFIX), /^220 .*ESMTP/, postfix, 'pop3.greeting'],
  [
    'Dovecot',
    pop3,
    skipReason('dovecot-pop3d', DOVECOT, '/usr/lib/dovecot/pop3'),
    /^\+OK/,
    dovecot,
    'smtp.greeting',
  ],
  [
    'GStreamer',
    rtsp,
    skipReason(
      'python3-gi and gir1.2-gst-rtsp-server-1.0',
      PYTHON,
      '/usr/lib/python3/dist-packages/gi',
      '/usr/share/doc/gir1.2-gst-rtsp-server-1.0',
    ),
    /^Public: .*DESCRIBE/,
    gstreamer,
    'smtp.timeout',
  ],
]

for (const [name, check, skipped, greeting, setup, asOther] of servers) {
  describe.skipIf(skipped !== '')(`${check.kind}() against ${name}${skipped}`, () => {
    const dir = mkdtempSync(join(tmpdir(), `lvs-warden-${check.kind}-`))
    let server: ChildServer | undefined
    let target: Target

    beforeAll(async () => {
      chmodSync(dir, 0o755)
      const port = await freePort()
      target = { address: '127.0.0.1', family: 4, port }
      server = await startChildServer(setup(dir, port), port)
    })
    afterAll(async () => {
      killDaemon(join(dir, 'queue', 'pid', 'master.pid'))
      await server?.stop()
      rmSync(dir, { recursive: true, force: true })
    })

    test('passes and shows what the server says of itself', async () => {
      const outcome = await probe(check, target)
      expect(verdict(outcome)).toBe('pass')
      expect(outcome.detail).toMatch(greeting)
    })

    test('passes again and again, many at a time', async () => {
      const runs = Array.from({ length: 20 }, () => probe(check, target))
      expect(new Set((await Promise.all(runs)).map(verdict))).toEqual(new Set(['pass']))
    })

    test('fails another kind of check of the same port', async () => {
      const other: Check = check === smtp ? pop3 : smtp
      expect(verdict(await probe(other, target, {}, 1500))).toBe(`fail ${asOther}`)
    })
  })
}

function postfix(dir: string, port: number): readonly string[] {
  const folder = (name: string): string => join(dir, name)
  for (const name of ['conf', 'queue', 'data']) mkdirSync(folder(name))
  writeFileSync(
    join(dir, 'conf', 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${folder('queue')}
data_directory = ${folder('data')}
maillog_file_prefixes = ${dir}
maillog_file = ${dir}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.shop.test
mydestination =
smtpd_relay_restrictions = reject
smtpd_peername_lookup = no
`,
  )
  writeFileSync(
    join(dir, 'conf', 'master.cf'),
    `127.0.0.1:${port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
`,
  )
  const [uid = 0, gid = 0] = accountOf('postfix')
  chownSync(folder('data'), uid, gid)
  return [POSTFIX, '-c', folder('conf'), 'start-fg']
}

function dovecot(dir: string, port: number): readonly string[] {
  const file = join(dir, 'dovecot.conf')
  writeFileSync(
    file,
    `base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = /dev/stderr
protocols = pop3
ssl = no
mail_location = maildir:${dir}/mail
passdb { 
  driver = static
  args = password=x
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=${dir}
}
service pop3-login {
  inet_listener pop3 {
    address = 127.0.0.1
    port = ${port}
  }
  inet_listener pop3s {
    port = 0
  }
}
`,
  )
  return [DOVECOT, '-F', '-c', file]
}

function gstreamer(_dir: string, port: number): readonly string[] {
  const script = fileURLToPath(new URL('../support/rtsp-server.py', import.meta.url))
  return [PYTHON, script, String(port)]
}

/** Postfix's master leaves the process group it was started in. */
function killDaemon(pidFile: string): void {
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM')
}

/** User and group number of an account. */
function accountOf(name: string): readonly number[] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`))
  return line?.split(':').slice(2, 4).map(Number) ?? []
}
