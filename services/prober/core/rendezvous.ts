/** First and second choice for a probe. */
export interface Choice {
  readonly first: string | undefined
  /** Who has it when the first does not. */
  readonly second: string | undefined
}

/**
 * Whom a probe falls to among some names: the highest of all hashes of probe and name (rendezvous
 * hashing, Thaler and Ravishankar 1996). Who comes takes only what falls to it, and what one leaves
 * falls to each of the others in equal parts.
 */
export function createChooser(names: readonly string[]): (probe: string) => Choice {
  const seeds = names.map((name) => ({ name, seed: hashOf(name, 0x9747b28c) }))
  return (probe) => {
    let first: string | undefined
    let second: string | undefined
    let best = -1
    let next = -1
    const text = hashOf(probe, 0)
    for (const { name, seed } of seeds) {
      const score = mix(Math.imul(text ^ seed, 0x9e3779b1) ^ seed)
      if (score > best || (score === best && first !== undefined && name < first)) {
        next = best
        second = first
        best = score
        first = name
      } else if (score > next) {
        next = score
        second = name
      }
    }
    return { first, second }
  }
}

/** FNV-1a. */
function hashOf(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mix(hash)
}

/** The final mix of MurmurHash3. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
