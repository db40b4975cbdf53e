import { localTime } from '../../cli/local-time.ts'
import type { Style } from '../../cli/style.ts'
import { cut } from '../../cli/text-width.ts'
import { statusLines } from '../../cli/views/status-view.ts'
import type { LogEvent } from '../../shared/domain/log-event.ts'
import type { Status } from '../../shared/wire/status.ts'

/** What a person sees of the demo at one moment. */
export interface DemoScene {
  readonly status: Status
  readonly events: readonly LogEvent[]
  /** What the demo itself did last, with the time in milliseconds since the epoch. */
  readonly story: { readonly at: number; readonly text: string }
  /** `--socket PATH ` where the socket is not the usual one. */
  readonly socketFlag: string
}

/** The live view: services and real servers, what to try, and the latest transitions first. */
export function demoLines(scene: DemoScene, style: Style, width: number): readonly string[] {
  const { status, events, story, socketFlag } = scene
  return [
    style.strong(`the demo: ${story.text} (${localTime(story.at).slice(11, 19)})`),
    ...statusLines(status, { style, width }),
    '',
    style.strong('try in another terminal, in this folder'),
    ...hints(socketFlag).map((hint) => cut(hint, width)),
    '',
    style.strong('transitions, latest first'),
    ...events.toReversed().map((event) => cut(eventLine(event), width)),
  ]
}

/** `12:00:01 web/web2 is down: …`. */
export function eventLine({ at, message }: LogEvent): string {
  return `${localTime(at).slice(11, 19)} ${message}`
}

/** Commands worth trying while the demo runs. */
export function hints(socketFlag: string): readonly string[] {
  return [
    ['why web/web2', 'check mail/mx1', 'status --watch'],
    ['drain web1 --reason "kernel upgrade"', 'enable web1'],
  ].map((line) => line.map((command) => `  npx lvsctl ${command}${socketFlag}`).join(''))
}
