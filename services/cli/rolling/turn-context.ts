import type { CliContext } from '../cli-context.ts'
import type { RollingOptions } from './rolling-options.ts'

/** What a turn is given. */
export interface TurnContext extends Pick<CliContext, 'io' | 'client'> {
  readonly options: RollingOptions
  /** No new step is begun but what brings it back. */
  readonly stop: AbortSignal
  /** What it does now; `foot` changes all the time. */
  readonly show: (line: string, foot?: readonly string[]) => void
  /** What its command prints. */
  readonly print: (line: string) => void
  /** It has been ordered out. */
  readonly onOut: () => void
  /** Others of this roll are out or have been: the rest may carry it in a while. */
  readonly mayWait: (refusals: number) => boolean
}
