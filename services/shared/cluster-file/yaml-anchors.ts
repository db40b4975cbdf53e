import type { Path } from './finding.ts'
import type { Report } from './yaml-values.ts'

/**
 * Most values a file may have once every alias is followed: ten thousand servers need about 10^5.
 */
export const MAX_VALUES = 1_000_000

/** The anchors of one YAML document, read from its beginning to its end. */
export interface Anchors {
  /** Reads one value; under a name, where it has an anchor. */
  around(name: string | undefined, read: () => unknown): unknown
  /** The value that an alias stands for; null where it has none, which is then reported. */
  follow(name: string, offset: number, path: Path): unknown
}

/**
 * Aliases share their anchor's value, so memory stays in proportion to the text. What they stand
 * for is counted against `MAX_VALUES`, because whoever walks the values follows them all.
 */
export function createAnchors(report: Report): Anchors {
  const known = new Map<string, { readonly value: unknown; readonly size: number } | 'open'>()
  let size = 0

  function around(name: string | undefined, read: () => unknown): unknown {
    const before = size
    size += 1
    if (name === undefined) return read()
    known.set(name, 'open')
    const value = read()
    known.set(name, { value, size: size - before })
    return value
  }

  function follow(name: string, offset: number, path: Path): unknown {
    const target = known.get(name)
    if (target === undefined) {
      report(offset, 'unknown-anchor', `*${name} has no &${name} before it`, path)
      return null
    }
    if (target === 'open') {
      report(offset, 'alias-loop', `*${name} stands inside its own &${name}`, path)
      return null
    }
    const fitted = size <= MAX_VALUES
    size += target.size
    if (size <= MAX_VALUES) return target.value
    const message = `aliases make this file larger than ${MAX_VALUES} values`
    if (fitted) report(offset, 'too-many-aliases', message, path)
    return null
  }

  return { around, follow }
}
