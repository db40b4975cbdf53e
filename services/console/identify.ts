import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Caller } from './access/caller.ts'
import type { Gate } from './access/gate.ts'
import { peerOf } from './access/peer-credentials.ts'
import { refuseCrossSite, type SessionCookie } from './session/session-cookie.ts'

/** By which door a request came. */
export type Door = 'socket' | 'https'

/** What Hono is given with each request. */
export interface ApiEnv {
  readonly Bindings: HttpBindings & { readonly door: Door }
}

/** On the local socket `lvsctl` says for whom it speaks: behind sudo that is not root. */
export const OWNER_HEADER = 'lvs-warden-owner'
const MAX_OWNER = 100

/**
 * Who asks; throws `api.unauthenticated`, and `api.cross-site` for a cookie that another site may
 * have made a browser send. Whoever could open the local socket may do all.
 */
export async function identify(
  context: Context<ApiEnv>,
  gate: Gate,
  cookie: SessionCookie,
): Promise<Caller> {
  if (context.env.door === 'https') {
    const authorization = context.req.header('authorization')
    const session = authorization === undefined ? cookie.read(context) : undefined
    if (session === undefined) return gate.identify(authorization, addressOf(context))
    const caller = gate.identify(`Bearer ${session}`, addressOf(context))
    refuseCrossSite(context, caller.token)
    return caller
  }
  const peer = await peerOf(context.env.incoming.socket)
  const owner = ownerOf(context.req.header(OWNER_HEADER))
  const who = peer === undefined ? '' : `, uid ${peer.uid} (${peer.name}), process ${peer.pid}`
  return {
    name: owner ?? peer?.name ?? 'local',
    role: 'admin',
    via: 'socket',
    from: `local socket${who}`,
  }
}

/** The other end's address; `local socket` where it has none. */
export function addressOf({ env }: Context<ApiEnv>): string {
  if (env.door === 'socket') return 'local socket'
  const address = env.incoming.socket.remoteAddress ?? 'unknown address'
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

function ownerOf(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined
  try {
    return decodeURIComponent(header).slice(0, MAX_OWNER)
  } catch {
    return undefined
  }
}
