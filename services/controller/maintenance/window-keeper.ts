import type { MaintenanceWindow } from '../../shared/domain/maintenance-window.ts'
import { windowOwner } from '../../shared/domain/maintenance-window.ts'
import { type Override, overrideKey } from '../../shared/domain/override.ts'
import { formatTarget, type ServerTarget } from '../../shared/domain/server-target.ts'
import type { KeyValue } from '../../shared/ports/bus.ts'
import { isoTime } from '../../shared/runtime/iso-time.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { WindowStatus } from '../../shared/wire/api-windows.ts'
import {
  type WindowProgress,
  windowMessage,
  windowProgressMessage,
} from '../../shared/wire/window-message.ts'
import { dueTargets } from '../core/due-targets.ts'
import type { OperatorRequest } from '../core/event.ts'
import { createWindowOpening, type WindowOpening } from './window-opening.ts'

interface Kept {
  readonly window: MaintenanceWindow
  readonly opening: WindowOpening
  inTheWay: ReadonlyMap<string, Override>
  /** Whom it leaves in, as of when it was looked at last. */
  held: Omit<HeldBack, 'window'>[]
}

/** Why the rest could not carry it without these real servers; nothing when it could. */
export type Objections = (leaving: readonly ServerTarget[]) => readonly string[]

/** A real server that an open window leaves in, because the rest could not carry it. */
export interface HeldBack {
  readonly window: string
  readonly target: string
  readonly why: string
}

/** What a window asks for; it is to be told whether that was done. */
export interface DueRequest {
  readonly request: OperatorRequest
  readonly settled: (isDone: boolean) => void
}

interface Looked {
  readonly overrides: ReadonlyMap<string, Override>
  readonly objectionsTo: Objections
  /** Who leaves already by windows that were looked at before. */
  readonly leaving: Map<string, ServerTarget>
}

type Source = 'cluster-file' | 'command-line'

/**
 * Keeps the maintenance windows of the cluster file and of the command line, and says what they ask
 * for. What has been done about an opening is stored, so that neither a restart nor another leader
 * does it twice, and a window that opened meanwhile is not missed.
 */
export class WindowKeeper {
  readonly #bucket: KeyValue
  readonly #logger: Logger
  readonly #windows = {
    'cluster-file': new Map<string, Kept>(),
    'command-line': new Map<string, Kept>(),
  }
  readonly #progress = new Map<string, WindowProgress>()
  readonly #unwatch: () => void

  constructor(bucket: KeyValue, logger: Logger) {
    this.#bucket = bucket
    this.#logger = logger
    this.#unwatch = bucket.watch(({ key, value }) => this.#take(key, value))
  }

  close(): void {
    this.#unwatch()
  }

  /** The windows of the cluster file from now on. */
  setFile(windows: readonly MaintenanceWindow[]): void {
    const kept = this.#windows['cluster-file']
    const before = new Map(kept)
    kept.clear()
    for (const window of windows) kept.set(window.name, keep(window, before.get(window.name)))
  }

  /** Stores a window of the command line. Throws `api.refused` for a name that is taken. */
  async add(window: MaintenanceWindow): Promise<void> {
    if (this.#windows['cluster-file'].has(window.name)) {
      throw new ServiceError(
        'api.refused',
        `the cluster file has a maintenance window called ${window.name}: choose another name`,
      )
    }
    createOpening(window)
    await this.#bucket.put(`window.${window.name}`, windowMessage.encode(window))
  }

  /** Throws `api.unknown-target` when there is none, `api.refused` when the file has it. */
  async remove(name: string): Promise<void> {
    if (this.#windows['cluster-file'].has(name)) {
      const message = `${name} stands in the cluster file: take it out there`
      throw new ServiceError('api.refused', message)
    }
    if (!this.#windows['command-line'].has(name)) {
      const message = `no maintenance window is called ${name}: lvsctl window list has them all`
      throw new ServiceError('api.unknown-target', message)
    }
    await this.#bucket.delete(`window.${name}`)
  }

  /** Every window, open ones with when they close, the others with when they open. */
  list(at: number): readonly WindowStatus[] {
    return this.#all().map(({ source, kept: { window, opening, held } }) => {
      const since = opening.openSince(at)
      const next = opening.next(at)
      const { start, targets, ...rest } = window
      return {
        ...rest,
        source,
        ...(start.type === 'cron' && { cron: start.expression, timeZone: start.timeZone }),
        targets: targets.map(formatTarget),
        ...(since !== undefined && {
          openSince: isoTime(since),
          closes: isoTime(since + window.forMs),
          ...(held.length > 0 && { held: [...held] }),
        }),
        ...(next !== undefined && { opens: isoTime(next) }),
      }
    })
  }

  /**
   * What the open windows ask for now, each once, and whom they hold back because the rest could
   * not carry it; of those is asked again the next time.
   */
  due(
    overrides: ReadonlyMap<string, Override>,
    objectionsTo: Objections,
    at: number,
  ): { readonly due: readonly DueRequest[]; readonly held: readonly HeldBack[] } {
    const due: DueRequest[] = []
    const held: HeldBack[] = []
    const leaving = new Map<string, ServerTarget>()
    for (const { kept } of this.#all()) kept.held = []
    for (const { kept, start } of this.#openAt(at)) {
      const request = this.#open(kept, start, { overrides, objectionsTo, leaving }, at)
      if (request !== undefined) due.push(request)
      for (const one of kept.held) held.push({ window: kept.window.name, ...one })
    }
    return { due, held }
  }

  /** The one that closes last comes first: of two it is the one that counts. */
  #openAt(at: number): readonly { readonly kept: Kept; readonly start: number }[] {
    return this.#all()
      .flatMap(({ kept }) => {
        const start = kept.opening.openSince(at)
        return start === undefined ? [] : [{ kept, start }]
      })
      .sort((a, b) => b.start + b.kept.window.forMs - (a.start + a.kept.window.forMs))
  }

  #open(
    kept: Kept,
    start: number,
    { overrides, objectionsTo, leaving }: Looked,
    at: number,
  ): DueRequest | undefined {
    const { window, inTheWay } = kept
    const stored = this.#progress.get(window.name)
    const before = stored?.start === start ? stored.done : []
    const open = { window, start, done: new Set(before), inTheWay }
    const decided = dueTargets(open, overrides, at)
    kept.inTheWay = decided.inTheWay
    const done = new Set(decided.done)
    const targets: ServerTarget[] = []
    for (const target of decided.due) {
      const key = overrideKey(target)
      if (leaving.has(key)) continue
      const why = window.force === true ? [] : objectionsTo([...leaving.values(), target])
      if (why.length > 0) {
        kept.held.push({ target: formatTarget(target), why: why.join('; ') })
        done.delete(key)
      } else {
        leaving.set(key, target)
        targets.push(target)
      }
    }
    if (done.size === before.length) return undefined
    const progress = { start, done: [...done] }
    this.#progress.set(window.name, progress)
    const settled = (isDone: boolean) => this.#settle(window.name, progress, stored, isDone)
    if (targets.length > 0) return { request: requestOf(window, targets, start, at), settled }
    settled(true)
    return undefined
  }

  /** Stored after the orders themselves: what was not carried out is asked for again. */
  #settle(
    name: string,
    progress: WindowProgress,
    before: WindowProgress | undefined,
    isDone: boolean,
  ): void {
    if (this.#progress.get(name) !== progress) return
    if (isDone) this.#remember(name, progress)
    else if (before === undefined) this.#progress.delete(name)
    else this.#progress.set(name, before)
  }

  #remember(name: string, progress: WindowProgress): void {
    this.#bucket
      .put(`progress.${name}`, windowProgressMessage.encode(progress))
      .catch((error: unknown) => this.#logger.error({ error, window: name }, 'not stored'))
  }

  #all(): readonly { readonly source: Source; readonly kept: Kept }[] {
    const sources: readonly Source[] = ['cluster-file', 'command-line']
    return sources.flatMap((source) =>
      Array.from(this.#windows[source].values(), (kept) => ({ source, kept })),
    )
  }

  #take(key: string, value: Uint8Array | undefined): void {
    const dot = key.indexOf('.')
    const name = key.slice(dot + 1)
    if (key.slice(0, dot) === 'progress') {
      if (value !== undefined) this.#progress.set(name, windowProgressMessage.decode(value))
      return
    }
    const windows = this.#windows['command-line']
    if (value === undefined) windows.delete(name)
    else windows.set(name, keep(windowMessage.decode(value), windows.get(name)))
  }
}

function keep(window: MaintenanceWindow, before: Kept | undefined): Kept {
  return {
    window,
    opening: createOpening(window),
    inTheWay: before?.inTheWay ?? new Map(),
    held: before?.held ?? [],
  }
}

function requestOf(
  { name, act, reason, forMs }: MaintenanceWindow,
  targets: readonly ServerTarget[],
  start: number,
  at: number,
): OperatorRequest {
  const owner = windowOwner(name)
  return { verb: act, targets, owner, reason, forMs: start + forMs - at }
}

function createOpening(window: MaintenanceWindow): WindowOpening {
  try {
    return createWindowOpening(window)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('api.bad-request', `window ${window.name}: ${reason}`)
  }
}
