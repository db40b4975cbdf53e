import type { Amount } from '../../shared/domain/amount.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { usage } from '../run.ts'
import { oneLine } from '../text-width.ts'
import { changeLines, remarkLines } from '../views/change-view.ts'

/** Whose weight, which, who wants it and why. */
export interface WeightOptions {
  readonly target: string
  /** `50`, `50%` or `configured`. */
  readonly weight: string
  readonly owner: string
  readonly reason: string
  /** Ends by itself after so long. */
  readonly forMs?: number
}

/** `lvsctl weight`: another weight than the configured one, or that one again. */
export async function runWeight(
  { io, client, json, style }: CliContext,
  { target, weight, ...word }: WeightOptions,
): Promise<ExitCode> {
  const order = { targets: [target], weight: readWeight(weight), ...word }
  const changed = await client.ask('weight', order)
  if (json) printJson(io, changed)
  else printLines(io, [...changeLines(changed, style), ...remarkLines(changed)])
  return EXIT.ok
}

function readWeight(text: string): Amount | 'configured' {
  if (text === 'configured') return text
  const [, number = '', percent = ''] = /^(\d{1,5}(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const value = Number(number)
  const isShare = percent === '%'
  const fits =
    number !== '' && (isShare ? value <= 1000 : Number.isInteger(value) && value <= 65_535)
  if (fits) return isShare ? { share: value / 100 } : { count: value }
  throw usage(`${oneLine(text)}: wanted 0 to 65535, 0% to 1000%, or configured`)
}
