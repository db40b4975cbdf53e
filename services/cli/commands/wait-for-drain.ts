import { formatDuration } from '../../shared/domain/duration.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { type CliContext, lineWidth, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { cut, oneLine } from '../text-width.ts'
import {
  type DrainProgress,
  drainLine,
  drainProgress,
  drainVerdict,
  isGivenUp,
  isOver,
  rowsLeft,
} from '../views/drain-view.ts'

const POLL_MS = 1000
/** A daemon that restarts is back long before; the drain itself outlives it. */
const MAX_MISSES = 30

/** Shows where a drain stands each second until nothing is left to wait for. */
export async function waitForDrain(
  context: CliContext,
  targets: readonly string[],
): Promise<ExitCode> {
  const { io, client } = context
  const stop = new AbortController()
  const release = io.onInterrupt(() => stop.abort())
  const screen = progressScreen(context)
  const startedAt = io.now()
  let misses = 0
  try {
    while (!stop.signal.aborted) {
      try {
        const progress = drainProgress(await client.ask('status', {}), targets)
        misses = 0
        if (progress.every(isOver)) return finish(context, progress, screen)
        screen.show(progress, io.now() - startedAt)
      } catch (error) {
        misses++
        if (!(error instanceof ServiceError) || misses > MAX_MISSES) throw error
        screen.trouble(`${error.message}; trying again`)
      }
      await io.sleep(POLL_MS, stop.signal)
    }
  } finally {
    release()
  }
  printLines(io, [
    '',
    'no longer waiting, the drain goes on.',
    '  follow it: lvsctl status --watch',
    `  undo it:   lvsctl enable ${targets.join(' ')}`,
  ])
  return EXIT.no
}

function finish(
  { io, style }: CliContext,
  progress: readonly DrainProgress[],
  screen: ProgressScreen,
): ExitCode {
  screen.clear()
  for (const each of progress) {
    const paint = isGivenUp(each) || each.others.length > 0 ? style.warn : style.good
    printLines(io, [paint(oneLine(drainVerdict(each)))])
  }
  return progress.some(isGivenUp) ? EXIT.no : EXIT.ok
}

interface ProgressScreen {
  show(progress: readonly DrainProgress[], elapsedMs: number): void
  trouble(message: string): void
  clear(): void
}

/** On a terminal the same lines are written over; elsewhere only what changed is written. */
function progressScreen({ io }: CliContext): ProgressScreen {
  const { terminal } = io
  let height = 0
  let last = ''

  function clear(): void {
    if (height > 0) io.out(`\u001b[${height}A\u001b[J`)
    height = 0
  }

  function write(lines: readonly string[]): void {
    if (terminal === undefined) {
      const text = lines.join('\n')
      if (text !== last) printLines(io, lines)
      last = text
      return
    }
    clear()
    const room = Math.max(1, terminal.rows() - 2)
    const shown = lines.length <= room ? lines : lines.slice(0, room)
    printLines(
      io,
      shown.map((line) => cut(line, lineWidth(io) - 1)),
    )
    height = shown.length
  }

  return {
    show(progress, elapsedMs) {
      const lines = progress.flatMap(rowsLeft).map((row) => oneLine(drainLine(row)))
      const foot = `waiting for ${formatDuration(elapsedMs)}; Ctrl-C leaves the drain running`
      write(terminal === undefined ? lines : [...lines, foot])
    },
    trouble: (message) => write([oneLine(message)]),
    clear,
  }
}
