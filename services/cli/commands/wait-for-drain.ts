import { formatDuration } from '../../shared/domain/duration.ts'
import { type CliContext, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { createLiveScreen } from '../live-screen.ts'
import { oneLine } from '../text-width.ts'
import { untilDrained } from '../until-drained.ts'
import {
  type DrainProgress,
  drainEnds,
  drainLine,
  drainVerdict,
  isGivenUp,
  rowsLeft,
} from '../views/drain-view.ts'

/** Shows where a drain stands each second until nothing is left to wait for. */
export async function waitForDrain(
  context: CliContext,
  targets: readonly string[],
): Promise<ExitCode> {
  const { io } = context
  const stop = new AbortController()
  const release = io.onInterrupt(() => stop.abort())
  const screen = createLiveScreen(context)
  const startedAt = io.now()
  try {
    const progress = await untilDrained(context, targets, stop.signal, {
      onProgress: (now) =>
        screen.show(now.flatMap(rowsLeft).map(drainLine), [
          ...drainEnds(now),
          footLine(now, io.now() - startedAt),
        ]),
      onTrouble: (message) => screen.show([message]),
    })
    if (progress !== undefined) {
      screen.clear()
      return finish(context, progress)
    }
  } finally {
    release()
  }
  printLines(io, [
    '',
    'no longer waiting, the drain goes on.',
    '  follow it: lvsctl status --watch',
    `  undo it:   lvsctl enable ${enabling(targets)}`,
  ])
  return EXIT.no
}

/** The targets of a drain as `enable` takes them. */
export function enabling(targets: readonly string[]): string {
  const zones = targets.filter((target) => target.startsWith('zone:'))
  const others = targets.filter((target) => !target.startsWith('zone:'))
  const flag = zones.length === 0 ? [] : ['--zone', ...zones.map((zone) => zone.slice(5))]
  return [...others, ...flag].join(' ')
}

function footLine(progress: readonly DrainProgress[], elapsedMs: number): string {
  const all = progress.flatMap(({ rows }) => rows).length
  const out = all - progress.flatMap(rowsLeft).length
  const far = all > 1 ? `, ${out} of ${all} are out` : ''
  return `waiting for ${formatDuration(elapsedMs)}${far}; Ctrl-C leaves the drain running`
}

function finish({ io, style }: CliContext, progress: readonly DrainProgress[]): ExitCode {
  for (const each of progress) {
    const paint = isGivenUp(each) || each.others.length > 0 ? style.warn : style.good
    printLines(io, [paint(oneLine(drainVerdict(each)))])
  }
  return progress.some(isGivenUp) ? EXIT.no : EXIT.ok
}
