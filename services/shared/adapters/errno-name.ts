import { constants } from 'node:os'

const NAMES = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]))

/** The symbol of an errno, `ENOENT` for 2; `E<number>` for one without a name here. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`
}
