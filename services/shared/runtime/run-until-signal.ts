import type { Service } from './service.ts'

/** A stop that hangs must not keep the process: after this it ends by force. */
const LAST_RESORT_MS = 10_000

/** Signal handlers and the clock's timers keep no process alive, so this does. */
const KEEP_ALIVE_MS = 2 ** 30

/** The part of `process` that signals need. */
export type SignalSource = Pick<NodeJS.Process, 'on' | 'off' | 'exit'>

/** How to run a service as a process. */
export interface RunOptions {
  /** SIGHUP, by custom: read the configuration again. Ignored without this. */
  readonly onHangup?: () => void
  /** Called with the signal when stopping begins. */
  readonly onStopping?: (signal: NodeJS.Signals) => void
  readonly process?: SignalSource
}

/**
 * Starts a service and resolves when SIGTERM or SIGINT has stopped it. Rejects when it cannot start
 * or stop. Further signals change nothing; a stop of more than ten seconds ends the process with 1.
 */
export async function runUntilSignal(service: Service, options: RunOptions = {}): Promise<void> {
  const source = options.process ?? process
  const hangUp = () => options.onHangup?.()
  let lastResort: NodeJS.Timeout | undefined
  let ask: (signal: NodeJS.Signals) => void = () => undefined
  const asked = new Promise<NodeJS.Signals>((resolve) => {
    ask = resolve
  })

  function onSignal(signal: NodeJS.Signals): void {
    if (lastResort !== undefined) return
    lastResort = setTimeout(() => source.exit(1), LAST_RESORT_MS)
    lastResort.unref()
    options.onStopping?.(signal)
    ask(signal)
  }

  const keepAlive = setInterval(() => undefined, KEEP_ALIVE_MS)
  source.on('SIGTERM', onSignal)
  source.on('SIGINT', onSignal)
  source.on('SIGHUP', hangUp)
  try {
    await Promise.race([service.start(), asked])
    await asked
  } finally {
    await service.stop().finally(() => {
      clearInterval(keepAlive)
      clearTimeout(lastResort)
      source.off('SIGTERM', onSignal)
      source.off('SIGINT', onSignal)
      source.off('SIGHUP', hangUp)
    })
  }
}
