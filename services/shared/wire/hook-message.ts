import { z } from 'zod'
import type { HookName } from '../domain/hooks.ts'
import { defineMessage } from './message.ts'

/** A hook that a director shall run. */
export interface HookOrder {
  readonly hook: HookName
  readonly service: string
  readonly server?: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** What became of it. */
export interface HookResult {
  readonly director: string
  readonly hook: HookName
  readonly service: string
  readonly server?: string
  readonly ok: boolean
  /** For people: the exit status and the last of its output, or why it was not run. */
  readonly detail: string
}

const HOOK_NAMES = [
  'onQuorumUp',
  'onQuorumDown',
  'onUp',
  'onDown',
] as const satisfies readonly HookName[]

const about = {
  hook: z.enum(HOOK_NAMES),
  service: z.string(),
  server: z.string().exactOptional(),
}

/** From the controller to one director. */
export const hookOrderMessage = defineMessage<HookOrder>(
  'hook order',
  1,
  z.object({
    ...about,
    command: z.array(z.string().min(1).max(1000)).min(1).max(32),
    environment: z.record(z.string().regex(/^LVS_[A-Z_]+$/), z.string().max(1000)),
  }),
)

/** From a director to whoever keeps the event log. */
export const hookResultMessage = defineMessage<HookResult>(
  'hook result',
  1,
  z.object({ ...about, director: z.string(), ok: z.boolean(), detail: z.string() }),
)
