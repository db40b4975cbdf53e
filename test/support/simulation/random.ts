/** Chance that can be had again: the same seed gives the same numbers. */
export interface Random {
  /** From 0 up to, but not, 1. */
  next(): number
  /** A whole number from 0 up to, but not, `limit`. */
  below(limit: number): number
  between(least: number, most: number): number
  /** True in so many of 1 cases. */
  chance(rate: number): boolean
  /** One of these; there must be one. */
  pick<Item>(items: readonly Item[]): Item
  /** Another source, whose numbers do not depend on how many are taken from this one. */
  fork(): Random
}

/** The mulberry32 generator: 32 bits of state, good enough to find faults with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (least, most) => least + next() * (most - least),
    chance: (rate) => next() < rate,
    pick<Item>(items: readonly Item[]): Item {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
    fork: () => createRandom(below(2 ** 32)),
  }
}
