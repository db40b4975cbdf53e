import { formatDuration } from '../../shared/domain/duration.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { type CliContext, printJson } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { createLiveScreen, type LiveScreen } from '../live-screen.ts'
import { poolOf } from '../rolling/pool.ts'
import type { RollingOptions } from '../rolling/rolling-options.ts'
import { type TurnEnd, takeTurn } from '../rolling/turn.ts'
import { oneLine } from '../text-width.ts'
import { enabling } from './wait-for-drain.ts'

/** How it went; what `--json` prints. */
interface RollReport {
  readonly done: string[]
  readonly skipped: { target: string; why: string }[]
  readonly failed: { target: string; why: string; after: string }[]
  readonly interrupted: { target: string; after: string }[]
  readonly left: string[]
}

/** How often an order is given beside others that are given at the same moment. */
const TRIES = 3

interface Shown {
  readonly line: string
  readonly foot: readonly string[]
}

/** `lvsctl drain --rolling`: one real server after the other, until one fails. */
export async function runRolling(context: CliContext, options: RollingOptions): Promise<ExitCode> {
  const { io, json } = context
  const order = poolOf(await context.client.ask('status', {}), options)
  const screen = json ? silent(context) : createLiveScreen(context)
  const stop = new AbortController()
  const release = io.onInterrupt(() => {
    screen.say(['stopping: what has been begun is brought to its end, nothing else is begun'])
    stop.abort()
  })
  const roll = new Roll(context, options, order, { screen, signal: stop.signal })
  try {
    await Promise.all(Array.from({ length: options.max }, () => roll.work()))
  } finally {
    release()
    screen.clear()
  }
  if (json) printJson(io, roll.report)
  else screen.say(summary(roll.report, context))
  const { failed, interrupted, left } = roll.report
  return failed.length + interrupted.length + left.length === 0 ? EXIT.ok : EXIT.no
}

/** The pool as it is gone through; several workers take from it. */
class Roll {
  readonly report: RollReport
  readonly #context: CliContext
  readonly #options: RollingOptions
  readonly #count: number
  readonly #screen: LiveScreen
  readonly #signal: AbortSignal
  readonly #inHand = new Map<string, Shown>()
  readonly #turns = new Map<string, 'ordering' | 'out'>()
  #begun = 0

  constructor(
    context: CliContext,
    options: RollingOptions,
    order: readonly string[],
    { screen, signal }: { readonly screen: LiveScreen; readonly signal: AbortSignal },
  ) {
    this.#context = context
    this.#options = options
    this.#count = order.length
    this.#screen = screen
    this.#signal = signal
    this.report = { done: [], skipped: [], failed: [], interrupted: [], left: [...order] }
  }

  /** Takes one real server after the other until none is left, one has failed, or it is stopped. */
  async work(): Promise<void> {
    while (!this.#signal.aborted && this.report.failed.length === 0) {
      const target = this.report.left.shift()
      if (target === undefined) return
      this.#begun++
      const name = `${target} (${this.#begun} of ${this.#count})`
      const startedAt = this.#context.io.now()
      this.#turns.set(target, 'ordering')
      const end = await this.#turn(target, name)
      this.#inHand.delete(target)
      this.#turns.delete(target)
      this.#show()
      this.#note(target, end)
      const took = formatDuration(this.#context.io.now() - startedAt)
      this.#screen.say([oneLine(`${name}: ${endWords(end, took)}`)])
    }
  }

  async #turn(target: string, name: string): Promise<TurnEnd> {
    const { io, client } = this.#context
    let last = ''
    try {
      return await takeTurn(
        {
          io,
          client,
          options: this.#options,
          stop: this.#signal,
          show: (line, foot = []) => {
            last = line
            this.#inHand.set(target, { line: `${name}: ${line}`, foot })
            this.#show()
          },
          print: (line) => this.#screen.say([`${target}| ${oneLine(line)}`]),
          onOut: () => this.#turns.set(target, 'out'),
          mayWait: (refusals) => this.#mayWait(refusals),
        },
        target,
      )
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      const why = `${last === '' ? '' : `${last}: `}${error.message}`
      return { type: 'failed', why, after: `lvsctl status shows where ${target} stands` }
    }
  }

  /** Answers may overtake each other: another order may have been accepted a moment before. */
  #mayWait(refusals: number): boolean {
    if (this.report.done.length > 0 || [...this.#turns.values()].includes('out')) return true
    return this.#turns.size > 1 && refusals <= TRIES
  }

  #show(): void {
    const all = [...this.#inHand.values()]
    const foot = all.flatMap((one) => one.foot)
    const far = `${this.report.done.length} of ${this.#count} done`
    const note = `${far}; Ctrl-C stops after what has been begun`
    this.#screen.show(
      all.map(({ line }) => line),
      [...foot, note],
    )
  }

  #note(target: string, end: TurnEnd): void {
    const { done, skipped, failed, interrupted } = this.report
    switch (end.type) {
      case 'done':
        done.push(target)
        break
      case 'skipped':
        skipped.push({ target, why: end.why })
        break
      case 'failed':
        failed.push({ target, why: end.why, after: end.after })
        break
      case 'interrupted':
        interrupted.push({ target, after: end.after })
    }
  }
}

function endWords(end: TurnEnd, took: string): string {
  if (end.type === 'done') return `done in ${took}`
  if (end.type === 'skipped') return `left alone: ${end.why}`
  if (end.type === 'failed') return `FAILED: ${end.why}; ${end.after}`
  return `interrupted; ${end.after}`
}

function summary(report: RollReport, { style }: CliContext): readonly string[] {
  const { done, skipped, failed, interrupted, left } = report
  const parts = [
    `${done.length} done`,
    ...(skipped.length > 0 ? [`${skipped.length} left alone`] : []),
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(interrupted.length > 0 ? [`${interrupted.length} interrupted`] : []),
    ...(left.length > 0 ? [`${left.length} not begun`] : []),
  ]
  const open = [...failed, ...interrupted]
  if (open.length + left.length === 0) return [style.good(parts.join(', '))]
  const again = [...open.map(({ target }) => target), ...left]
  return [
    style.bad(`stopped: ${parts.join(', ')}`),
    ...open.map(({ after }) => `  ${oneLine(after)}`),
    ...(open.length > 0
      ? [`bring back: lvsctl enable ${enabling(open.map((o) => o.target))}`]
      : []),
    `go on:      lvsctl drain --rolling … ${again.join(' ')}`,
  ]
}

/** With `--json` only the end is printed; what commands print goes to standard error. */
function silent({ io }: CliContext): LiveScreen {
  return {
    show: () => undefined,
    say: (lines) => io.err(lines.map((line) => `${line}\n`).join('')),
    clear: () => undefined,
  }
}
