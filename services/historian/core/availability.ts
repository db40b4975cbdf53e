import type { Availability, ServiceReport } from '../../shared/domain/report.ts'

/** What became of a real server, or what an operator did. */
export interface AvailabilityEvent {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly type: string
  /** All services of the real server when absent. */
  readonly service?: string
  readonly server: string
  readonly from?: string
  readonly to?: string
}

/** Time that a report is about. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** A service with its real servers, by name. */
export interface Members {
  readonly name: string
  readonly servers: readonly string[]
}

type Condition = 'up' | 'down' | 'out'
const OUTAGES: readonly (string | undefined)[] = ['drain', 'maintenance']

interface ServerLife {
  isDown: boolean
  /** Where an operator has taken it out: everywhere, or here. */
  readonly outIn: Set<'everywhere' | 'here'>
  readonly tally: Tally
}

/**
 * How available each service and real server was. A real server is down while its checks say so; a
 * service is down while none of its real servers is up and in service. What operators have taken
 * out counts neither for nor against. Events are in the order of their time; those before the span
 * say how things were at its beginning, and who is never mentioned was up.
 */
export function availabilityOf(
  services: readonly Members[],
  events: readonly AvailabilityEvent[],
  span: Span,
): readonly ServiceReport[] {
  return services.map((members) => {
    const lives = new Map(members.servers.map((name) => [name, lifeOf(span)]))
    const whole = new Tally(span)
    const look = (at: number) => {
      for (const life of lives.values()) life.tally.is(conditionOf(life), at)
      whole.is(together([...lives.values()].map(conditionOf)), at)
    }
    look(span.fromMs)
    for (const event of events) {
      const life = lives.get(event.server)
      const isElsewhere = event.service !== undefined && event.service !== members.name
      if (life === undefined || isElsewhere || event.at >= span.toMs) continue
      take(life, event)
      look(Math.max(event.at, span.fromMs))
    }
    const servers = [...lives].map(([name, { tally }]) => ({ name, ...tally.end() }))
    return { name: members.name, ...whole.end(), servers }
  })
}

function lifeOf(span: Span): ServerLife {
  return { isDown: false, outIn: new Set(), tally: new Tally(span) }
}

function take(life: ServerLife, { type, service, from, to }: AvailabilityEvent): void {
  const scope = service === undefined ? 'everywhere' : 'here'
  if (type === 'health') life.isDown = to === 'down'
  else if (type === 'operator' && OUTAGES.includes(to)) life.outIn.add(scope)
  else if (type === 'operator' && to === 'enable') {
    // Enabling a real server everywhere ends what was said of it in one service, too.
    if (scope === 'everywhere') life.outIn.clear()
    else life.outIn.delete('here')
  } else if (type === 'override-ended' && OUTAGES.includes(from)) life.outIn.delete(scope)
}

function conditionOf({ isDown, outIn }: ServerLife): Condition {
  if (outIn.size > 0) return 'out'
  return isDown ? 'down' : 'up'
}

/** Of a service without real servers nothing is expected. */
function together(conditions: readonly Condition[]): Condition {
  if (conditions.includes('up')) return 'up'
  return conditions.includes('down') ? 'down' : 'out'
}

/** Adds up the time in each condition. */
class Tally {
  readonly #span: Span
  #condition: Condition = 'up'
  #sinceMs: number
  #downMs = 0
  #outMs = 0
  #outages = 0
  #longest: { at: number; ms: number } | undefined

  constructor(span: Span) {
    this.#span = span
    this.#sinceMs = span.fromMs
  }

  is(condition: Condition, at: number): void {
    if (condition === this.#condition) return
    this.#count(at)
    this.#condition = condition
    this.#sinceMs = at
  }

  end(): Availability {
    this.#count(this.#span.toMs)
    const countedMs = this.#span.toMs - this.#span.fromMs - this.#outMs
    return {
      ...(countedMs > 0 && { availability: 1 - this.#downMs / countedMs }),
      downMs: this.#downMs,
      maintenanceMs: this.#outMs,
      outages: this.#outages,
      ...(this.#longest && { longest: this.#longest }),
    }
  }

  #count(at: number): void {
    const ms = at - this.#sinceMs
    if (ms <= 0) return
    if (this.#condition === 'out') this.#outMs += ms
    if (this.#condition !== 'down') return
    this.#downMs += ms
    this.#outages++
    if (ms > (this.#longest?.ms ?? 0)) this.#longest = { at: this.#sinceMs, ms }
  }
}
