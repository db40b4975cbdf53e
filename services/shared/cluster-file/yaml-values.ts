import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'
import type { Path } from './finding.ts'
import type { Rule } from './rules.ts'
import { isObject, quote } from './values.ts'

/** Most values a file may have once every alias is followed: ten thousand servers need about 10^5. */
export const MAX_VALUES = 1_000_000

/** Offsets in the text at which the keys and values of one mapping or sequence stand. */
export type Places = Map<
  string | number,
  {
    readonly key: number
    readonly value: number
  }
>

/** Takes note of something wrong at an offset. */
export type Report = (offset: number, rule: Rule, message: string, path: Path) => void

/**
 * Turns YAML nodes into plain values and notes in `places` where each part of them stood. Aliases
 * share their anchor's value, so memory stays in proportion to the text; what they stand for is counted
 * against `MAX_VALUES`, because whoever walks the values follows them all.
 */
export function createYamlReader(
  places: WeakMap<object, Places>,
  report: Report,
  lineOf: (offset: number) => number,
): (node: unknown) => unknown {
  const open = new Set<Node>()
  const anchors = new Map<string, Node>()
  const done = new Map<Node, { readonly value: unknown; readonly size: number }>()
  let size = 0
  return (node) => read(node, [])

  function read(node: unknown, path: Path): unknown {
    size += 1
    if (isAlias(node)) return aliased(node.source, offsetOf(node), path)
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    const before = size
    open.add(node)
    const value = isScalar(node)
      ? node.value
      : isMap(node)
        ? mapOf(node.items, path)
        : listOf(node.items, path)
    open.delete(node)
    if (node.anchor !== undefined) done.set(node, { value, size: size - before })
    return value
  }

  function aliased(name: string, offset: number, path: Path): unknown {
    const node = anchors.get(name)
    if (node === undefined) {
      report(offset, 'unknown-anchor', `*${name} has no &${name} before it`, path)
      return null
    }
    const target = done.get(node)
    if (target === undefined || open.has(node)) {
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

  function listOf(items: readonly unknown[], path: Path): unknown[] {
    const own: Places = new Map()
    const list = items.map((item, index) => {
      own.set(index, { key: offsetOf(item), value: offsetOf(item) })
      return read(item, [...path, index])
    })
    places.set(list, own)
    return list
  }

  function mapOf(pairs: readonly Pair[], path: Path): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    const own: Places = new Map()
    const merged: unknown[] = []
    places.set(map, own)
    for (const pair of pairs) {
      const at = offsetOf(pair.key)
      const key = isScalar(pair.key) && pair.key.value !== null ? String(pair.key.value) : undefined
      if (key === '<<') merged.push(read(pair.value, path))
      else if (key === undefined || key === '__proto__') {
        report(at, 'bad-key', 'a key must be a plain word', path)
      } else if (own.has(key)) {
        const line = lineOf(own.get(key)?.key ?? 0)
        const message = `${quote(key)} is already given here, on line ${line}; keep one of them`
        report(at, 'duplicate-key', message, [...path, key])
      } else {
        own.set(key, { key: at, value: pair.value === null ? at : offsetOf(pair.value) })
        map[key] = read(pair.value, [...path, key])
      }
    }
    for (const source of merged.flat()) mergeInto(map, own, source)
    return map
  }

  /** YAML's merge key `<<`: what the mapping itself says wins, then the first source. */
  function mergeInto(map: Record<string, unknown>, own: Places, source: unknown): void {
    if (!isObject(source)) return
    for (const [key, entry] of places.get(source) ?? []) {
      if (own.has(key)) continue
      own.set(key, entry)
      map[key] = source[key]
    }
  }
}

function offsetOf(node: unknown): number {
  return isObject(node) && Array.isArray(node['range']) ? Number(node['range'][0]) : 0
}
