import { agent } from './agent.ts'
import type { Check } from './check.ts'
import { dialogue } from './dialogue.ts'
import { dns } from './dns.ts'
import { exec } from './exec.ts'
import { ftp, ftps } from './ftp.ts'
import { grpc, grpcs } from './grpc.ts'
import { http, https } from './http.ts'
import { httpProxy } from './http-proxy.ts'
import { icmp } from './icmp.ts'
import { icp } from './icp.ts'
import { imap, imaps } from './imap.ts'
import { ldap, ldaps } from './ldap.ts'
import { mysql } from './mysql.ts'
import { nntp, nntps } from './nntp.ts'
import { ntp } from './ntp.ts'
import { pop3, pop3s } from './pop3.ts'
import { postgres } from './postgres.ts'
import { push } from './push.ts'
import { radius } from './radius.ts'
import { redis, rediss } from './redis.ts'
import { rtsp, rtsps } from './rtsp.ts'
import { simpletcp, simpletcps } from './simpletcp.ts'
import { sip } from './sip.ts'
import { smtp, smtps, submission } from './smtp.ts'
import { tcp } from './tcp.ts'
import { telnet, telnets } from './telnet.ts'
import { tls } from './tls.ts'
import { udp } from './udp.ts'

/** Every kind of check; a new one is a file and a line here. */
export const checks = {
  'http-proxy': httpProxy,
  agent,
  dialogue,
  dns,
  exec,
  ftp,
  ftps,
  grpc,
  grpcs,
  http,
  https,
  icmp,
  icp,
  imap,
  imaps,
  mysql,
  nntp,
  nntps,
  ldap,
  ldaps,
  ntp,
  pop3,
  pop3s,
  push,
  postgres,
  radius,
  redis,
  rediss,
  rtsp,
  rtsps,
  simpletcp,
  simpletcps,
  sip,
  smtp,
  smtps,
  submission,
  tcp,
  telnet,
  telnets,
  tls,
  udp,
} as const satisfies Readonly<Record<string, Check>>

/** What `type:` in the cluster file may be. */
export type CheckKind = keyof typeof checks

/** The check of this kind, or `undefined`. */
export function checkOf(kind: string): Check | undefined {
  return Object.hasOwn(checks, kind) ? checks[kind as CheckKind] : undefined
}
