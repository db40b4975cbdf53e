import { agent } from './agent.ts'
import type { Check } from './check.ts'
import { dns } from './dns.ts'
import { exec } from './exec.ts'
import { http, https } from './http.ts'
import { icmp } from './icmp.ts'
import { icp } from './icp.ts'
import { ntp } from './ntp.ts'
import { pop3 } from './pop3.ts'
import { redis, rediss } from './redis.ts'
import { rtsp } from './rtsp.ts'
import { smtp } from './smtp.ts'
import { tcp } from './tcp.ts'
import { tls } from './tls.ts'
import { udp } from './udp.ts'

/** Every kind of check; a new one is a file and a line here. */
export const checks = {
  agent,
  dns,
  exec,
  http,
  https,
  icmp,
  icp,
  ntp,
  pop3,
  redis,
  rediss,
  rtsp,
  smtp,
  tcp,
  tls,
  udp,
} as const satisfies Readonly<Record<string, Check>>

/** What `type:` in the cluster file may be. */
export type CheckKind = keyof typeof checks

/** The check of this kind, or `undefined`. */
export function checkOf(kind: string): Check | undefined {
  return Object.hasOwn(checks, kind) ? checks[kind as CheckKind] : undefined
}
