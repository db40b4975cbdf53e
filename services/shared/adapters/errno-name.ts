import { constants } from 'node:os'

/** Second names that Linux has for some numbers; the kernel's own documents use the first. */
const ALIASES = new Set(['EWOULDBLOCK', 'ENOTSUP', 'EDEADLOCK'])

const NAMES = new Map(
  Object.entries(constants.errno)
    .filter(([name]) => !ALIASES.has(name))
    .map(([name, value]) => [value, name]),
)

/** The symbol of an errno, `ENOENT` for 2; `E<number>` for one without a name here. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`
}
