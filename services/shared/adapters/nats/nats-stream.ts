import { type BackoffOptions, backoffMs } from '../../runtime/backoff.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import {
  JETSTREAM_ERRORS,
  type JetStreamApi,
  JetStreamError,
  type StreamConfig,
  type StreamInfo,
} from './jetstream-api.ts'
import type { NatsLink } from './nats-link.ts'

/** One life of a stream: from its making until its storage is lost. */
export interface StreamLife {
  /** Added to a sequence it is a number that grows over all lives. */
  readonly base: number
  readonly lastSequence: number
}

/** A stream that is made when it is not there, at first and after every reconnection. */
export interface NatsStream {
  readonly name: string
  /**
   * Works with the stream in its present life. What fails as if it were gone makes it again, for
   * the next one. Throws what the work throws, and a retryable `ServiceError` when the stream is
   * not to be had in time.
   */
  use<Result>(work: (life: StreamLife) => Promise<Result>): Promise<Result>
  /** Asks the server anew. */
  refresh(): Promise<StreamLife>
  close(): void
}

/** How to reach a stream. */
export interface StreamPorts {
  readonly link: NatsLink
  readonly api: JetStreamApi
  readonly onError: (error: unknown, where: string) => void
}

const BACKOFF: BackoffOptions = { firstMs: 100, capMs: 2000 }
/** An election in a NATS cluster takes up to nine seconds; whoever opens a store waits for it. */
const OPEN_TIMEOUT_MS = 10_000
/** A call does not wait that long. */
const LIFE_TIMEOUT_MS = 2000
/** Bases count from here, in milliseconds, and no server stores more messages in one. */
const FIRST_BASE_MS = Date.UTC(2025, 0, 1)
const SEQUENCES_PER_MS = 100

/**
 * Finds or makes a stream. Throws a `ServiceError` when JetStream does not answer in ten seconds or
 * refuses. A server that comes back without its storage gets the stream again, and that is
 * reported.
 */
export async function openStream(config: StreamConfig, ports: StreamPorts): Promise<NatsStream> {
  const { link, onError } = ports
  let isOpen = true
  let known = await openPatiently(() => ensure(config, ports))
  let returning: Promise<StreamLife> | undefined
  let healing: Promise<unknown> | undefined

  function note(life: StreamLife): StreamLife {
    if (life.base > known.base) {
      const message = `NATS lost what was stored in ${config.name}; it begins anew`
      onError(new ServiceError('bus.storage-lost', message), config.name)
    }
    known = life
    return life
  }

  async function refresh(): Promise<StreamLife> {
    return note(await ensure(config, ports))
  }

  /** One at a time, however many found it gone. */
  function heal(): Promise<unknown> {
    const forget = () => {
      healing = undefined
    }
    healing ??= refresh().then(forget, forget)
    return healing
  }

  async function comeBack(): Promise<StreamLife> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await refresh()
      } catch (error) {
        if (!isOpen || !link.isConnected()) throw error
        await pause(backoffMs(attempt, BACKOFF))
      }
    }
  }

  const forget = link.onReconnect(() => {
    const own = comeBack()
    returning = own
    const finish = () => {
      if (returning === own) returning = undefined
    }
    own.then(finish, finish)
  })
  return {
    name: config.name,
    async use(work) {
      const life = returning === undefined ? known : await inTime(returning, config.name)
      try {
        return await work(life)
      } catch (error) {
        // Whoever asked hears of the first failure; a second one tells nobody anything new.
        if (isOpen && isGone(error)) await heal()
        throw error
      }
    },
    refresh,
    close() {
      isOpen = false
      forget()
    },
  }
}

/** A subject that nobody stores, or a stream that is not known. */
function isGone(error: unknown): boolean {
  if (error instanceof JetStreamError) return error.number === JETSTREAM_ERRORS.streamNotFound
  return error instanceof ServiceError && error.code === 'bus.unavailable'
}

async function openPatiently(open: () => Promise<StreamLife>): Promise<StreamLife> {
  const end = performance.now() + OPEN_TIMEOUT_MS
  for (let attempt = 0; ; attempt++) {
    try {
      return await open()
    } catch (error) {
      const isWorthIt = error instanceof ServiceError && error.retryable
      const waitMs = backoffMs(attempt, BACKOFF)
      if (!isWorthIt || performance.now() + waitMs > end) throw error
      await pause(waitMs)
    }
  }
}

async function ensure(config: StreamConfig, { api, onError }: StreamPorts): Promise<StreamLife> {
  const info = (await findStream(config.name, api)) ?? (await makeStream(config, api))
  const wanted = { max_age: config.max_age ?? 0, num_replicas: config.num_replicas }
  const isSame =
    (config.max_age === undefined || info.config.max_age === wanted.max_age) &&
    info.config.num_replicas >= wanted.num_replicas
  if (!isSame) {
    const update = { ...info.config, ...wanted }
    await api
      .call(`STREAM.UPDATE.${config.name}`, update)
      .catch((error: unknown) => onError(error, config.name))
  }
  return lifeOf(info)
}

async function findStream(name: string, api: JetStreamApi): Promise<StreamInfo | undefined> {
  try {
    return await api.call<StreamInfo>(`STREAM.INFO.${name}`)
  } catch (error) {
    if (error instanceof JetStreamError && error.number === JETSTREAM_ERRORS.streamNotFound)
      return undefined
    throw error
  }
}

/** Two may make it at once: the second finds it made. */
async function makeStream(config: StreamConfig, api: JetStreamApi): Promise<StreamInfo> {
  try {
    return await api.call<StreamInfo>(`STREAM.CREATE.${config.name}`, config)
  } catch (error) {
    const isThere =
      error instanceof JetStreamError && error.number === JETSTREAM_ERRORS.streamNameInUse
    if (isThere) return api.call<StreamInfo>(`STREAM.INFO.${config.name}`)
    if (!(error instanceof ServiceError) || error.code !== 'bus.forbidden') throw error
    const message = `${config.name} is not there yet, and only the controller may make it`
    throw new ServiceError('bus.unavailable', message, { cause: error, retryable: true })
  }
}

/**
 * Sequences begin at 1 again when a server loses its storage, so each life has a base from the time
 * of its making: a later life's numbers are greater than all of an earlier one's.
 */
function lifeOf({ created, state }: StreamInfo): StreamLife {
  const sinceMs = Math.max(0, Math.floor(Date.parse(created)) - FIRST_BASE_MS)
  return { base: sinceMs * SEQUENCES_PER_MS, lastSequence: state.last_seq }
}

async function inTime(life: Promise<StreamLife>, name: string): Promise<StreamLife> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    const message = `${name}: JetStream is not back yet`
    const error = new ServiceError('bus.unavailable', message, { retryable: true })
    timer = setTimeout(() => reject(error), LIFE_TIMEOUT_MS)
  })
  try {
    return await Promise.race([life, limit])
  } finally {
    clearTimeout(timer)
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
