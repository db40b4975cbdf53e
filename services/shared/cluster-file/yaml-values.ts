import { isAlias, isMap, isScalar, isSeq, type Pair } from 'yaml'
import type { Path } from './finding.ts'
import type { Rule } from './rules.ts'
import { isObject, quote } from './values.ts'
import { createAnchors } from './yaml-anchors.ts'

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

/** Turns YAML nodes into plain values, and notes in `places` where each part of them stood. */
export function createYamlReader(
  places: WeakMap<object, Places>,
  report: Report,
  lineOf: (offset: number) => number,
): (node: unknown) => unknown {
  const anchors = createAnchors(report)
  return (node) => read(node, [])

  function read(node: unknown, path: Path): unknown {
    if (isAlias(node)) return anchors.follow(node.source, offsetOf(node), path)
    if (isScalar(node)) return anchors.around(node.anchor, () => node.value)
    if (isMap(node)) return anchors.around(node.anchor, () => mapOf(node.items, path))
    if (isSeq(node)) return anchors.around(node.anchor, () => listOf(node.items, path))
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
    for (const source of merged.flat()) mergeInto(map, places, source)
    return map
  }
}

/** YAML's merge key `<<`: what the mapping itself says wins, then the first source. */
function mergeInto(
  map: Record<string, unknown>,
  places: WeakMap<object, Places>,
  source: unknown,
): void {
  const own = places.get(map)
  if (own === undefined || !isObject(source)) return
  for (const [key, entry] of places.get(source) ?? []) {
    if (own.has(key)) continue
    own.set(key, entry)
    map[key] = source[key]
  }
}

function offsetOf(node: unknown): number {
  return isObject(node) && Array.isArray(node['range']) ? Number(node['range'][0]) : 0
}
