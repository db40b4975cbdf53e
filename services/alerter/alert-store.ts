import { z } from 'zod'
import { SEVERITIES } from '../shared/domain/notification.ts'
import type { KeyValue } from '../shared/ports/bus.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { causeMatchSchema } from '../shared/wire/alerting-schema.ts'
import { defineMessage, type MessageCodec } from '../shared/wire/message.ts'
import { orderSchema } from '../shared/wire/notification-message.ts'
import type { AlertMemory, Incident, Silence } from './core/incident.ts'

const severity = z.enum(SEVERITIES)
const text = z.string().exactOptional()

const causeSchema = z.object({
  ...{ key: z.string(), kind: z.string(), severity, message: z.string(), since: z.number() },
  ...{ service: text, server: text, zone: text, director: text, vantage: text },
  labels: z.record(z.string(), z.string()).exactOptional(),
  pace: z.object({ atOnce: z.number(), everyMs: z.number().positive() }).exactOptional(),
  endedAt: z.number().exactOptional(),
  changes: z.array(z.number()),
  isFlapping: z.boolean(),
  ...{ explainedBy: text, silencedBy: text },
})

const incidentMessage = defineMessage<Incident>(
  'incident',
  1,
  z.object({
    id: z.int().min(1),
    openedAt: z.number(),
    wellSince: z.number().exactOptional(),
    closedAt: z.number().exactOptional(),
    causes: z.record(z.string(), causeSchema),
    routes: z.record(
      z.string(),
      z.object({ level: z.int().min(0), sinceMs: z.number(), toldAt: z.number() }),
    ),
    known: z.record(z.string(), z.record(z.string(), z.string())),
    ack: z
      .object({
        ...{
          by: z.string(),
          reason: z.string(),
          at: z.number(),
          until: z.number().exactOptional(),
        },
        facts: z.record(z.string(), severity),
      })
      .exactOptional(),
    lapsed: text,
    serial: z.int().min(0),
    pending: z.array(orderSchema),
    told: z.array(
      z.object({
        ...{ at: z.number(), channel: z.string(), kind: z.string(), level: z.int() },
        dedupKey: z.string(),
        state: z.enum(['decided', 'delivered', 'given-up', 'uncertain']),
      }),
    ),
  }),
)

const silenceMessage = defineMessage<Silence>(
  'silence',
  1,
  z.object({
    id: z.string(),
    match: causeMatchSchema,
    incident: z.int().exactOptional(),
    ...{ owner: z.string(), reason: z.string(), from: z.number(), until: z.number() },
  }),
)

const memoryMessage = defineMessage<AlertMemory>(
  'alert memory',
  1,
  z.object({
    nextId: z.int().min(1),
    nextSilence: z.int().min(1),
    activeAt: z.number(),
    pending: z.array(orderSchema),
  }),
)

const MEMORY_KEY = 'memory'

/** What an alerter finds when it begins. */
export interface StoredAlerts {
  readonly incidents: readonly Incident[]
  readonly silences: readonly Silence[]
  readonly memory?: AlertMemory
}

/**
 * Incidents, silences and the rest in the bucket `alerter`. Everything is written by
 * compare-and-set: who is overtaken by another alerter gets `bus.conflict`.
 */
export class AlertStore {
  readonly #bucket: KeyValue
  readonly #revisions = new Map<string, number>()

  constructor(bucket: KeyValue) {
    this.#bucket = bucket
  }

  /** What nobody can read is left out and written over; said in the log. */
  async load(logger: Logger): Promise<StoredAlerts> {
    const incidents: Incident[] = []
    const silences: Silence[] = []
    let memory: AlertMemory | undefined
    this.#revisions.clear()
    for (const { key, value, revision } of await this.#bucket.entries()) {
      this.#revisions.set(key, revision)
      if (key.startsWith('incident.')) incidents.push(...read(incidentMessage, value, logger))
      else if (key.startsWith('silence.')) silences.push(...read(silenceMessage, value, logger))
      else if (key === MEMORY_KEY) [memory] = read(memoryMessage, value, logger)
    }
    incidents.sort((a, b) => a.id - b.id)
    return { incidents, silences, ...(memory && { memory }) }
  }

  saveIncident(incident: Incident): Promise<void> {
    return this.#put(`incident.${incident.id}`, incidentMessage.encode(incident))
  }

  forgetIncident(id: number): Promise<void> {
    return this.#delete(`incident.${id}`)
  }

  saveSilence(silence: Silence): Promise<void> {
    return this.#put(`silence.${silence.id}`, silenceMessage.encode(silence))
  }

  forgetSilence(id: string): Promise<void> {
    return this.#delete(`silence.${id}`)
  }

  saveMemory(memory: AlertMemory): Promise<void> {
    return this.#put(MEMORY_KEY, memoryMessage.encode(memory))
  }

  async #put(key: string, value: Uint8Array): Promise<void> {
    const expected = this.#revisions.get(key) ?? 0
    this.#revisions.set(key, await this.#bucket.put(key, value, expected))
  }

  async #delete(key: string): Promise<void> {
    const expected = this.#revisions.get(key)
    if (expected === undefined) return
    await this.#bucket.delete(key, expected)
    this.#revisions.delete(key)
  }
}

function read<T>(codec: MessageCodec<T>, value: Uint8Array, logger: Logger): readonly T[] {
  try {
    return [codec.decode(value)]
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    logger.error({ error }, 'what was stored about alerts cannot be read')
    return []
  }
}
