import type { Path } from './finding.ts'
import { isObject } from './values.ts'

/**
 * The same tree without the values at these paths, sharing what is untouched. A path that leads
 * nowhere (a missing key) takes its mapping away, one into a list the list, for what is left of it
 * would stand in other places. Lets the rest of a file with errors be looked
 * at in the same go.
 */
export function prune(tree: unknown, paths: readonly Path[]): unknown {
  const cuts = new Map<string | number, Path[]>()
  for (const [first, ...rest] of paths) {
    if (first === undefined || !isObject(tree) || !Object.hasOwn(tree, first)) return undefined
    const inside = cuts.get(first)
    if (inside === undefined) cuts.set(first, [rest])
    else inside.push(rest)
  }
  if (!isObject(tree) || cuts.size === 0) return tree
  if (Array.isArray(tree)) return undefined
  const kept: [string, unknown][] = []
  for (const [key, value] of Object.entries(tree)) {
    const cut = cuts.get(key)
    if (cut === undefined) kept.push([key, value])
    else if (!cut.some((path) => path.length === 0)) {
      const rest = prune(value, cut)
      if (rest !== undefined) kept.push([key, rest])
    }
  }
  return Object.fromEntries(kept)
}
