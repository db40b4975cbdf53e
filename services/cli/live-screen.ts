import { type CliContext, lineWidth, printLines } from './cli-context.ts'
import { cut, oneLine } from './text-width.ts'

/** The end of what is written, which changes while something goes on. */
export interface LiveScreen {
  /**
   * Replaces what was shown. On a terminal the same lines are written over; elsewhere lines are
   * written when they changed, and `foot`, which changes all the time, is not.
   */
  show(lines: readonly string[], foot?: readonly string[]): void
  /** Writes what stays, above what is shown. */
  say(lines: readonly string[]): void
  clear(): void
}

/** Nothing is shown yet. */
export function createLiveScreen({ io }: Pick<CliContext, 'io'>): LiveScreen {
  const { terminal } = io
  let height = 0
  let last = ''
  let shown: readonly string[] = []

  function clear(): void {
    if (height > 0) io.out(`\u001b[${height}A\u001b[J`)
    height = 0
  }

  function draw(): void {
    printLines(
      io,
      shown.map((line) => cut(line, lineWidth(io) - 1)),
    )
    height = shown.length
  }

  return {
    show(lines, foot = []) {
      const clean = lines.map(oneLine)
      if (terminal === undefined) {
        const text = clean.join('\n')
        if (text !== last) printLines(io, clean)
        last = text
        return
      }
      clear()
      const tail = foot.map(oneLine)
      const room = Math.max(1, terminal.rows() - 2 - tail.length)
      const more = clean.length > room ? [`… and ${clean.length - room + 1} more`] : []
      shown = [...clean.slice(0, room - more.length), ...more, ...tail]
      draw()
    },
    say(lines) {
      clear()
      printLines(io, lines)
      draw()
    },
    clear() {
      clear()
      shown = []
    },
  }
}
