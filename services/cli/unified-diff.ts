/** One of two texts that are compared. */
export interface DiffSide {
  readonly name: string
  readonly text: string
}

/** One line of both texts, or of one of them. */
interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
}

const CONTEXT_LINES = 3
/** Texts that differ in more lines than this are shown as one replaced by the other. */
const MAX_EDITS = 500

/** The difference of two texts line by line, as `diff -u` writes it; empty when there is none. */
export function unifiedDiff(before: DiffSide, after: DiffSide): readonly string[] {
  const edits = editsOf(linesOf(before.text), linesOf(after.text))
  const hunks = hunksOf(edits)
  if (hunks.length === 0) return []
  return [`--- ${before.name}`, `+++ ${after.name}`, ...hunks.flat()]
}

function linesOf(text: string): readonly string[] {
  if (text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

/** What both begin and end with is most of it; only what is between is worth a search. */
function editsOf(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const same = (line: string): Edit => ({ sign: ' ', line })
  const middle = shortest(
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
  )
  return [
    ...before.slice(0, head).map(same),
    ...middle,
    ...before.slice(before.length - tail).map(same),
  ]
}

/** Myers' greedy search for the shortest script (Algorithmica 1 (1986), pages 251 to 266). */
function shortest(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const trace: Map<number, number>[] = []
  let furthest = new Map([[1, 0]])
  const most = Math.min(before.length + after.length, MAX_EDITS)
  for (let edits = 0; edits <= most; edits++) {
    trace.push(furthest)
    const next = new Map(furthest)
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = stepInto(furthest, diagonal, edits)
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal])
        x++
      next.set(diagonal, x)
      if (x >= before.length && x - diagonal >= after.length) {
        return walkBack(trace, before, after)
      }
    }
    furthest = next
  }
  return [
    ...before.map((line): Edit => ({ sign: '-', line })),
    ...after.map((line): Edit => ({ sign: '+', line })),
  ]
}

/** How far `before` is read on a diagonal, coming from the neighbour that got further. */
function stepInto(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  const above = furthest.get(diagonal + 1) ?? -1
  const left = furthest.get(diagonal - 1) ?? -1
  return diagonal === -edits || (diagonal !== edits && left < above) ? above : left + 1
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  before: readonly string[],
  after: readonly string[],
): readonly Edit[] {
  const edits: Edit[] = []
  let x = before.length
  let y = after.length
  for (let step = trace.length - 1; step >= 0; step--) {
    const furthest = trace[step] ?? new Map<number, number>()
    const diagonal = x - y
    const above = furthest.get(diagonal + 1) ?? -1
    const left = furthest.get(diagonal - 1) ?? -1
    const isInsert = diagonal === -step || (diagonal !== step && left < above)
    const fromX = isInsert ? above : left
    const fromY = fromX - (isInsert ? diagonal + 1 : diagonal - 1)
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      edits.push({ sign: ' ', line: before[--x] ?? '' })
      y--
    }
    if (step === 0) break
    if (isInsert) edits.push({ sign: '+', line: after[--y] ?? '' })
    else edits.push({ sign: '-', line: before[--x] ?? '' })
  }
  return edits.reverse()
}

/** Changes with three lines around them; those that are near each other are one hunk. */
function hunksOf(edits: readonly Edit[]): readonly (readonly string[])[] {
  const hunks: string[][] = []
  const changed = edits.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]))
  for (let at = 0; at < changed.length; ) {
    const from = Math.max(0, (changed[at] ?? 0) - CONTEXT_LINES)
    let to = from
    while (at < changed.length && (changed[at] ?? 0) - CONTEXT_LINES <= Math.max(to, from)) {
      to = Math.min(edits.length, (changed[at] ?? 0) + CONTEXT_LINES + 1)
      at++
    }
    const hunk = edits.slice(from, to)
    hunks.push([headOf(edits, from, hunk), ...hunk.map(({ sign, line }) => sign + line)])
  }
  return hunks
}

function headOf(edits: readonly Edit[], from: number, hunk: readonly Edit[]): string {
  const side = (other: '-' | '+') => {
    const start = edits.slice(0, from).filter(({ sign }) => sign !== other).length
    const length = hunk.filter(({ sign }) => sign !== other).length
    return `${length === 0 ? start : start + 1},${length}`
  }
  return `@@ -${side('+')} +${side('-')} @@`
}
