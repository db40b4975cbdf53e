import type { ServerHooks, ServiceHooks } from '../domain/hooks.ts'
import type { ServerDraft } from './draft-file.ts'
import type { WrittenSettings } from './file-schema.ts'
import { given, type Level } from './levels.ts'

/** What a service runs when it is whole again, or not any more. */
export function resolveServiceHooks(levels: readonly Level<WrittenSettings>[]): {
  readonly hooks?: ServiceHooks
} {
  const onQuorumUp = given(levels, 'onQuorumUp')?.value
  const onQuorumDown = given(levels, 'onQuorumDown')?.value
  if (onQuorumUp === undefined && onQuorumDown === undefined) return {}
  return { hooks: { ...(onQuorumUp && { onQuorumUp }), ...(onQuorumDown && { onQuorumDown }) } }
}

/** What is run when a real server comes up, or goes down. */
export function resolveServerHooks(levels: readonly Level<ServerDraft['settings']>[]): {
  readonly hooks?: ServerHooks
} {
  const onUp = given(levels, 'onUp')?.value
  const onDown = given(levels, 'onDown')?.value
  if (onUp === undefined && onDown === undefined) return {}
  return { hooks: { ...(onUp && { onUp }), ...(onDown && { onDown }) } }
}
