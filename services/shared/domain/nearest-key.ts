/** The candidate that a person most likely meant; `undefined` when none is close. */
export function nearestKey(text: string, candidates: readonly string[]): string | undefined {
  const wanted = text.slice(0, 64).toLowerCase()
  let best: { readonly candidate: string; readonly distance: number } | undefined
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (best === undefined || distance < best.distance) best = { candidate, distance }
  }
  if (best === undefined) return undefined
  const allowed = Math.max(1, Math.floor(Math.max(wanted.length, best.candidate.length) / 3))
  return best.distance <= allowed ? best.candidate : undefined
}

/** Insertions, deletions, changes and swaps of neighbours that make one text the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      row.push(least)
    }
    before = previous
    previous = row
  }
  return previous[b.length] ?? 0
}

/** `; did you mean "weight"?`, or a list of what would be valid when nothing is near. */
export function suggestKey(text: string, candidates: readonly string[]): string {
  const nearest = nearestKey(text, candidates)
  if (nearest !== undefined) return `; did you mean "${nearest}"?`
  return candidates.length === 0 ? '' : `; valid here: ${[...candidates].sort().join(', ')}`
}
