import { parseDuration } from '../shared/domain/duration.ts'
import { usage } from './run.ts'
import { oneLine } from './text-width.ts'

/** Reads the value of `flag` as a duration in milliseconds; throws `cli.usage`. */
export function readDurationOf(flag: string): (text: string) => number {
  return (text) => {
    const ms = parseDuration(text)
    if (ms === undefined || ms <= 0) {
      throw usage(`${flag} ${oneLine(text)}: wanted a duration with units such as 30m, 4h or 1h30m`)
    }
    return ms
  }
}

/** Reads `--limit`, how many entries of a log to show; throws `cli.usage`. */
export function readLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit
  throw usage(`--limit ${oneLine(text)}: wanted a whole number from 1 to 10000`)
}

/** Reads the number of a revision of the cluster file; throws `cli.usage`. */
export function readRevision(text: string): number {
  const revision = Number(text)
  if (Number.isSafeInteger(revision) && revision >= 1) return revision
  throw usage(`${oneLine(text)}: wanted the number of a revision, 1 or more`)
}

/** Reads a list with commas between: `web,mail-*`. */
export function readList(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}
