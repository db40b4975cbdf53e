import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { type ProgramFolder, programInFolder } from '../shared/runtime/program-in-folder.ts'
import { type ProgramEnd, runProgram } from '../shared/runtime/run-program.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { type HookOrder, hookOrderMessage, hookResultMessage } from '../shared/wire/hook-message.ts'
import { hookResultSubject, hookSubject } from '../shared/wire/subjects.ts'

/** A hook that hangs is killed. */
const TIMEOUT_MS = 30_000
/** So many run at a time, and so many more wait; further ones are refused and said. */
const MAX_RUNNING = 4
const MAX_WAITING = 100
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Whose hooks these are. */
export interface HooksConfig {
  readonly cluster: string
  readonly director: string
  /** The only folder whose programs are run; none are without it. */
  readonly folder: string | undefined
}

/** The doors they use. */
export interface HooksPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Runs the hooks of services on this director, beside everything else: the table never waits for
 * one. What became of each is said on the bus.
 */
export function createHooks(config: HooksConfig, { bus, clock, logger }: HooksPorts): Service {
  const { cluster, director } = config
  const waiting: HookOrder[] = []
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  let close: () => void = () => undefined

  function take(order: HookOrder): void {
    if (waiting.length >= MAX_WAITING) {
      tell(order, { ok: false, detail: `not run: ${MAX_WAITING} others wait already` })
      return
    }
    waiting.push(order)
    startNext()
  }

  function startNext(): void {
    while (running.size < MAX_RUNNING && !stopping.signal.aborted) {
      const order = waiting.shift()
      if (order === undefined) return
      const work: Promise<void> = runHook(config, clock, order, stopping.signal).then((end) => {
        running.delete(work)
        tell(order, end)
        startNext()
      })
      running.add(work)
    }
  }

  function tell({ hook, service, server }: HookOrder, { ok, detail }: ProgramEnd): void {
    const about = { hook, service, ...(server !== undefined && { server }) }
    if (ok) logger.info(about, `hook ran: ${detail}`)
    else logger.warn(about, `hook failed: ${detail}`)
    const result = { director, ...about, ok, detail }
    bus.publish(hookResultSubject(cluster, director), hookResultMessage.encode(result))
  }

  return createService({
    async start() {
      close = bus.subscribe(hookSubject(cluster, director), (payload) => {
        take(hookOrderMessage.decode(payload))
      })
    },
    async stop() {
      close()
      waiting.length = 0
      stopping.abort()
      await Promise.all(running)
    },
  })
}

/** Runs one within its time; never throws for what may be wrong with it. */
async function runHook(
  { director, folder }: HooksConfig,
  clock: Clock,
  { command, environment }: HookOrder,
  stopping: AbortSignal,
): Promise<ProgramEnd> {
  const [name = '', ...rest] = command
  const deadline = new AbortController()
  const abort = () => deadline.abort()
  const cancel = clock.after(TIMEOUT_MS, abort)
  stopping.addEventListener('abort', abort, { once: true })
  try {
    const path = await programInFolder(hookFolder(folder), name)
    return await runProgram(path, {
      arguments: rest,
      environment: { PATH, LANG: 'C.UTF-8', ...environment, LVS_DIRECTOR: director },
      cwd: '/',
      signal: deadline.signal,
    })
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { ok: false, detail: error.message }
  } finally {
    cancel()
    stopping.removeEventListener('abort', abort)
  }
}

function hookFolder(path: string | undefined): ProgramFolder {
  const absence = 'this director was started without --hooks, so it runs none'
  return { path, noun: 'the hook folder', absence, code: 'hook.refused' }
}
