const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/**
 * The same share of its interval for a probe in every process and after every restart, from 0 up to
 * 1: FNV-1a over the text, then the final mix of MurmurHash3, since ids differ in their last bytes.
 */
export function phaseOf(id: string): number {
  let hash = FNV_OFFSET
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), FNV_PRIME)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
