import type { Command } from 'commander'
import type { DeadlineAct } from '../../shared/domain/override.ts'
import { readDurationOf } from '../option-readers.ts'
import type { RollingOptions } from '../rolling/rolling-options.ts'
import { usage } from '../run.ts'
import { splitWords } from '../split-words.ts'
import { oneLine } from '../text-width.ts'

/** What `drain --rolling` takes beside what every drain does. */
export interface RollingFlags {
  readonly rolling?: boolean
  readonly run?: readonly string[]
  readonly max?: number
  readonly pool?: readonly string[]
  readonly settle?: number
  readonly wellWithin?: number
}

interface DrainFlags extends RollingFlags {
  readonly reason?: string
  readonly for?: number
  readonly force?: boolean
  readonly zone?: readonly string[]
  readonly deadline?: number
  readonly atDeadline?: DeadlineAct
  readonly wait?: boolean
  readonly hold?: boolean
  readonly then?: 'remove' | 'hold'
}

const DEFAULT_MAX = 1
const DEFAULT_SETTLE_MS = 10_000
const DEFAULT_WITHIN_MS = 600_000
/** More at a time is no rolling any more. */
const MOST = 100

/** Options for going through a pool. */
export function addRollingOptions(command: Command): void {
  command
    .option('--rolling', 'one by one: drain, --run, enable, wait until it is well, next')
    .option('--run <command>', 'for each, without a shell; {server} is its name', readCommand)
    .option('--max <number>', 'with --rolling: so many at the same time; 1 by default', readMax)
    .option('--pool <service...>', 'with --rolling: all real servers of these virtual services')
    .option('--settle <duration>', 'well for so long before the next; 10s', settle)
    .option('--well-within <duration>', 'give up when it is not well by then; 10m', wellWithin)
}

const settle = readDurationOf('--settle')
const wellWithin = readDurationOf('--well-within')

/** True with `--rolling`; throws `cli.usage` for what is of no use without it. */
export function isRolling(options: RollingFlags): boolean {
  if (options.rolling === true) return true
  const { run, max, pool, settle, wellWithin } = options
  const given = Object.entries({ run, max, pool, settle, 'well-within': wellWithin })
  const [name] = given.find(([, value]) => value !== undefined) ?? []
  if (name === undefined) return false
  throw usage(`--${name} is of use with --rolling only`)
}

/** Whether a row stays at weight 0 when its drain is over. */
export function isHeld({ hold, then }: Pick<DrainFlags, 'hold' | 'then'>): boolean {
  return hold === true || then === 'hold'
}

/** Throws `cli.usage` for what makes no sense together. */
export function rollingOptions(
  targets: readonly string[],
  flags: DrainFlags,
  owner: string,
): RollingOptions {
  const { run, zone = [], pool = [], reason = '', deadline, atDeadline, force } = flags
  const all = [...targets, ...zone.map((each) => `zone:${each}`)]
  if (all.length + pool.length === 0) throw usage('wanted a TARGET, --zone or --pool')
  if (run === undefined) throw usage('--rolling needs --run: what to do with each')
  if (isHeld(flags)) throw usage('--hold is of no use with --rolling')
  if (flags.wait === false) throw usage('--rolling waits: --no-wait is of no use with it')
  return {
    targets: all,
    pools: pool,
    max: flags.max ?? DEFAULT_MAX,
    command: run,
    owner,
    reason,
    ...(flags.for !== undefined && { forMs: flags.for }),
    ...(deadline !== undefined && { deadlineMs: deadline }),
    ...(atDeadline !== undefined && { atDeadline }),
    ...(force === true && { force }),
    settleMs: flags.settle ?? DEFAULT_SETTLE_MS,
    withinMs: flags.wellWithin ?? DEFAULT_WITHIN_MS,
  }
}

function readCommand(text: string): readonly string[] {
  try {
    const words = splitWords(text)
    if (words.length > 0) return words
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw usage(`--run ${oneLine(text)}: ${error.message}`)
  }
  throw usage('--run: wanted a command')
}

function readMax(text: string): number {
  const max = Number(text)
  if (Number.isInteger(max) && max >= 1 && max <= MOST) return max
  throw usage(`--max ${oneLine(text)}: wanted 1 to ${MOST}`)
}
