import type { Deadline } from './check.ts'
import { STALL_MS, stallMeter } from './stall-meter.ts'

/** A run that was held up gets the time again so often, each time no more than its own. */
const MOST_EXTENSIONS = 2

/**
 * The deadline of one run: one timer and, nearly always, one listener; more than one is an array.
 * Time in which this process stood still is not the server's: what answered meanwhile waits in the
 * kernel, so the run goes on for as long. Held up again and again it is over without a verdict.
 */
export class RunDeadline implements Deadline {
  expired = false
  stopped = false
  /** How long the process stood still of the time that the run had; 0 unless that ended it. */
  heldUpMs = 0
  onOverrun: (() => void) | undefined = undefined
  readonly #timeoutMs: number
  readonly #stalledBeforeMs: number
  #extendedMs = 0
  #extensions = 0
  #first: (() => void) | undefined
  #others: (() => void)[] | undefined
  #timer: NodeJS.Timeout
  readonly #unlink: (() => void) | undefined
  #isArmed = true

  constructor(timeoutMs: number, nowMs: number, stop: Deadline | undefined) {
    const isStopped = stop?.expired === true
    this.#timeoutMs = timeoutMs
    this.#stalledBeforeMs = stallMeter.begin(nowMs)
    this.#timer = setTimeout(
      isStopped ? RunDeadline.#stop : RunDeadline.#onTime,
      isStopped ? 0 : timeoutMs,
      this,
    )
    if (!isStopped) this.#unlink = stop?.onExpire(() => RunDeadline.#stop(this))
  }

  /** How long the process has stood still since the run began. */
  stalledMs(nowMs: number): number {
    return stallMeter.total(nowMs) - this.#stalledBeforeMs
  }

  onExpire(listener: () => void): () => void {
    if (this.expired) queueMicrotask(listener)
    else if (this.#first === undefined) this.#first = listener
    else {
      this.#others ??= []
      this.#others.push(listener)
    }
    return () => this.#forget(listener)
  }

  disarm(): void {
    if (this.#isArmed) stallMeter.end()
    this.#isArmed = false
    clearTimeout(this.#timer)
    this.#unlink?.()
    this.#first = undefined
    this.#others = undefined
    this.onOverrun = undefined
  }

  #forget(listener: () => void): void {
    if (this.#first === listener) this.#first = undefined
    else this.#others = this.#others?.filter((other) => other !== listener)
  }

  static #onTime(deadline: RunDeadline): void {
    const owedMs = deadline.stalledMs(performance.now()) - deadline.#extendedMs
    if (owedMs > STALL_MS) {
      if (deadline.#extensions < MOST_EXTENSIONS) {
        const moreMs = Math.min(owedMs, deadline.#timeoutMs)
        deadline.#extensions++
        deadline.#extendedMs += owedMs
        deadline.#timer = setTimeout(RunDeadline.#onTime, moreMs, deadline)
        return
      }
      deadline.heldUpMs = owedMs + deadline.#extendedMs
    }
    RunDeadline.#expire(deadline)
  }

  static #stop(deadline: RunDeadline): void {
    deadline.stopped = true
    RunDeadline.#expire(deadline)
  }

  static #expire(deadline: RunDeadline): void {
    if (deadline.expired) return
    deadline.expired = true
    setImmediate(() => deadline.onOverrun?.())
    const others = deadline.#others ?? []
    deadline.#first?.()
    for (const listener of others) listener()
  }
}
