import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliIo, Terminal } from './cli-io.ts'
import { cut, oneLine } from './text-width.ts'

/** What to show on the whole screen, and how often. */
export interface WatchOptions {
  readonly io: CliIo
  readonly terminal: Terminal
  /** The newest picture; an operating error is shown in its place and the next try is made. */
  readonly draw: () => Promise<readonly string[]>
  /** The picture to begin with. */
  readonly first: readonly string[]
  readonly everyMs: number
}

/** xterm's control sequences: alternate screen (1049), cursor (25), line wrap (7), home, erase. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const ERASE_LINE_END = '\u001b[K'
const ERASE_BELOW = '\u001b[J'
const QUIT_KEYS: ReadonlySet<string> = new Set(['q', 'Q', '\u0003', '\u0004', '\u001b'])

/** Redraws the screen until `q` or Ctrl-C, then leaves the terminal as it was. */
export async function watchScreen(options: WatchOptions): Promise<void> {
  const { io, terminal, draw, everyMs } = options
  const stop = new AbortController()
  const end = () => stop.abort()
  const releases = [
    terminal.onKey((key) => {
      if (QUIT_KEYS.has(key)) end()
    }),
    io.onInterrupt(end),
  ]
  let picture = options.first
  let trouble = ''
  io.out(ENTER)
  try {
    while (!stop.signal.aborted) {
      io.out(frame(picture, trouble, terminal))
      await io.sleep(everyMs, stop.signal)
      if (stop.signal.aborted) break
      try {
        picture = await draw()
        trouble = ''
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        trouble = `NOT CURRENT: ${error.message}`
      }
    }
  } finally {
    io.out(LEAVE)
    for (const release of releases) release()
  }
}

/** As much as the screen holds; each line erases what was longer before, so nothing flickers. */
function frame(picture: readonly string[], trouble: string, terminal: Terminal): string {
  const room = Math.max(1, terminal.rows() - 1)
  const fits = picture.length <= room
  const shown = fits ? picture : picture.slice(0, room)
  const hidden = fits ? '' : `  ${picture.length - room} more lines: lvsctl status SERVICE`
  const foot = trouble === '' ? `q ends${hidden}` : trouble
  const lines = [...shown, cut(oneLine(foot), terminal.columns())]
  return HOME + lines.map((line) => line + ERASE_LINE_END).join('\r\n') + ERASE_BELOW
}
