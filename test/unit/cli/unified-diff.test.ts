import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unifiedDiff } from '../../../services/cli/unified-diff.ts'

const diff = (before: readonly string[], after: readonly string[]) =>
  unifiedDiff({ name: 'a', text: textOf(before) }, { name: 'b', text: textOf(after) })
const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index))

describe('unifiedDiff()', () => {
  test('says nothing of texts that are the same', () => {
    expect(diff(['a', 'b'], ['a', 'b'])).toEqual([])
    expect(diff([], [])).toEqual([])
  })

  test('shows a changed line between three lines on each side, as diff -u does', () => {
    expect(diff(numbers(1, 9), [...numbers(1, 4), 'five', ...numbers(6, 9)])).toEqual([
      '--- a',
      '+++ b',
      '@@ -2,7 +2,7 @@',
      ' 2',
      ' 3',
      ' 4',
      '-5',
      '+five',
      ' 6',
      ' 7',
      ' 8',
    ])
  })

  test('joins changes that are near each other and parts those that are not', () => {
    const heads = (after: readonly string[]) =>
      diff(numbers(1, 20), after).filter((line) => line.startsWith('@@'))
    const without = (...gone: readonly string[]) =>
      numbers(1, 20).filter((line) => !gone.includes(line))
    expect(heads(without('5', '12'))).toEqual(['@@ -2,14 +2,12 @@'])
    expect(heads(without('5', '15'))).toEqual(['@@ -2,7 +2,6 @@', '@@ -12,7 +11,6 @@'])
  })

  test('shows a text that appears, and one that goes', () => {
    expect(diff([], ['x'])).toEqual(['--- a', '+++ b', '@@ -0,0 +1,1 @@', '+x'])
    expect(diff(['x'], [])).toEqual(['--- a', '+++ b', '@@ -1,1 +0,0 @@', '-x'])
  })

  test('shows texts that have little in common as one in place of the other', () => {
    const shown = diff(numbers(1, 600), numbers(1001, 1600))
    expect(shown.filter((line) => /^-\d/.test(line))).toHaveLength(600)
    expect(shown.filter((line) => /^\+\d/.test(line))).toHaveLength(600)
  })

  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 24 })
  test('patches the one into the other, with as few lines as can be', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const shown = diff(before, after)
        expect(patch(before, shown)).toEqual(after)
        const changes = shown.slice(2).filter((line) => /^[-+]/.test(line)).length
        expect(changes).toBe(before.length + after.length - 2 * longestCommon(before, after))
      }),
    )
  })
})

/** A dumb `patch`: copies up to each hunk, then does what it says, and minds what it says. */
function patch(before: readonly string[], shown: readonly string[]): readonly string[] {
  const after: string[] = []
  let at = 0
  for (const line of shown.slice(2)) {
    const head = /^@@ -(\d+),(\d+) /.exec(line)
    if (head !== null) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1)
      while (at < start) after.push(before[at++] ?? '')
    } else if (line.startsWith('+')) after.push(line.slice(1))
    else {
      expect(before[at]).toBe(line.slice(1))
      if (line.startsWith(' ')) after.push(line.slice(1))
      at++
    }
  }
  return [...after, ...before.slice(at)]
}

function longestCommon(before: readonly string[], after: readonly string[]): number {
  let row = after.map(() => 0)
  for (const line of before) {
    const next: number[] = []
    for (const [index, other] of after.entries()) {
      const diagonal = index === 0 ? 0 : (row[index - 1] ?? 0)
      next.push(line === other ? diagonal + 1 : Math.max(row[index] ?? 0, next[index - 1] ?? 0))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
