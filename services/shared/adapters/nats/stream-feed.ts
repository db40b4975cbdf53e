import { type Msg, nanos, type Subscription } from 'nats'
import { type BackoffOptions, backoffMs } from '../../runtime/backoff.ts'
import type { ConsumerInfo } from './jetstream-api.ts'
import type { NatsStream, StreamLife, StreamPorts } from './nats-stream.ts'

/** One stored message on its way to a follower. */
export interface FeedMessage {
  readonly message: Msg
  /** In the stream's present life. */
  readonly sequence: number
  readonly life: StreamLife
  /** How many more are stored after it. */
  readonly pending: number
}

/** Where in a stream to begin: after a sequence of this life, or with the last of each subject. */
export type FeedStart = { readonly after: number } | { readonly lastOfEach: string } | 'new'

/** What a follower wants. */
export interface FeedSpec {
  /** Asked again with a new life. */
  readonly from: (life: StreamLife) => FeedStart
  readonly onMessage: (message: FeedMessage) => void
  /** How many messages are stored at the start; called once. */
  readonly onStart?: (pending: number) => void
}

interface Session {
  readonly subscription: Subscription
  readonly life: StreamLife
  /** Deliveries of this consumer so far: they are numbered without gaps. */
  delivered: number
  lastHeardAt: number
}

const BACKOFF: BackoffOptions = { firstMs: 100, capMs: 2000 }
const HEARTBEAT_MS = 1000
const SILENCE_MS = 2500
/** Code of a message that is a heartbeat or a question, not content. */
const STATUS = 100

/**
 * A stream followed over reconnections, each message once and in order, with one short-lived
 * consumer after the other: a gap, silence or a reconnection begins the next one behind the last
 * message that came.
 */
export class StreamFeed {
  /** Resolves when it has begun: what is stored from then on will come. */
  readonly started: Promise<void>
  readonly #stream: NatsStream
  readonly #ports: StreamPorts
  readonly #spec: FeedSpec
  readonly #closers: readonly (() => void)[]
  #markStarted: () => void = () => undefined
  #session: Session | undefined
  #position: { readonly life: StreamLife; readonly sequence: number } | undefined
  #isActive = true
  #isFirst = true
  #round = 0

  constructor(stream: NatsStream, ports: StreamPorts, spec: FeedSpec) {
    this.#stream = stream
    this.#ports = ports
    this.#spec = spec
    this.started = new Promise((resolve) => {
      this.#markStarted = resolve
    })
    const timer = setInterval(() => this.#checkSilence(), HEARTBEAT_MS)
    timer.unref()
    const forget = ports.link.onReconnect(() => this.#restart())
    this.#closers = [() => clearInterval(timer), forget]
    this.#restart()
  }

  /** Whether everything stored up to here has come. */
  isAt({ base, lastSequence }: StreamLife): boolean {
    const position = this.#position
    return position?.life.base === base && position.sequence >= lastSequence
  }

  isActive(): boolean {
    return this.#isActive
  }

  stop(): void {
    this.#isActive = false
    for (const close of this.#closers) close()
    this.#end()
    this.#markStarted()
  }

  #end(): void {
    this.#session?.subscription.unsubscribe()
    this.#session = undefined
  }

  #restart(): void {
    this.#end()
    if (!this.#isActive) return
    this.#round++
    const { onError } = this.#ports
    this.#begin(this.#round).catch((error: unknown) => onError(error, this.#stream.name))
  }

  #checkSilence(): void {
    if (this.#session === undefined || !this.#ports.link.isConnected()) return
    if (performance.now() - this.#session.lastHeardAt > SILENCE_MS) this.#restart()
  }

  #isStale(round: number): boolean {
    return !this.#isActive || round !== this.#round
  }

  async #begin(round: number): Promise<void> {
    const { link, onError } = this.#ports
    for (let attempt = 0; !this.#isStale(round); attempt++) {
      try {
        if (link.isConnected()) return await this.#open(round)
      } catch (error) {
        if (this.#isStale(round)) return
        if (attempt === 0 && link.isConnected()) onError(error, this.#stream.name)
        this.#end()
      }
      await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, BACKOFF)))
    }
  }

  async #open(round: number): Promise<void> {
    const { link, api } = this.#ports
    const life = await this.#stream.refresh()
    if (this.#isStale(round)) return
    const start = this.#startIn(life)
    const inbox = link.newInbox()
    const subscription = link.nc.subscribe(inbox, {
      callback: (error, message) => {
        if (error === null) this.#take(session, message)
      },
    })
    const session = { subscription, life, delivered: 0, lastHeardAt: performance.now() }
    this.#session = session
    if (start !== 'new') this.#position ??= { life, sequence: 'after' in start ? start.after : 0 }
    const { name } = this.#stream
    const request = consumerRequest(name, inbox, start)
    const info = await api.call<ConsumerInfo>(`CONSUMER.CREATE.${name}`, request)
    if (this.#session !== session) return
    this.#position ??= { life, sequence: info.delivered.stream_seq }
    session.lastHeardAt = performance.now()
    if (this.#isFirst) this.#spec.onStart?.(session.delivered + info.num_pending)
    this.#isFirst = false
    this.#markStarted()
  }

  /** A life with fewer messages than came: a crash took the last ones; their numbers come again. */
  #startIn(life: StreamLife): FeedStart {
    if (this.#position === undefined) return this.#spec.from(life)
    if (this.#position.life.base === life.base) {
      const after = Math.min(this.#position.sequence, life.lastSequence)
      this.#position = { life, sequence: after }
      return { after }
    }
    this.#position = undefined
    const start = this.#spec.from(life)
    return this.#isFirst ? start : beginAgain(start)
  }

  #take(session: Session, message: Msg): void {
    if (session !== this.#session) return
    session.lastHeardAt = performance.now()
    if (message.headers?.code === STATUS) {
      this.#takeStatus(session, message)
      return
    }
    const numbers = deliveryNumbers(message.reply)
    if (numbers === undefined || numbers.delivery !== session.delivered + 1) {
      this.#restart()
      return
    }
    session.delivered++
    const { life } = session
    const { sequence, pending } = numbers
    this.#position = { life, sequence }
    try {
      this.#spec.onMessage({ message, sequence, pending, life })
    } catch (error) {
      this.#ports.onError(error, this.#stream.name)
    }
  }

  /** An answer to either question lets the server go on sending. */
  #takeStatus(session: Session, { headers, reply }: Msg): void {
    const { nc } = this.#ports.link
    const stalled = headers?.get('Nats-Consumer-Stalled')
    if (stalled) nc.publish(stalled)
    if (reply) nc.publish(reply)
    const sent = headers?.get('Nats-Last-Consumer')
    if (sent && Number(sent) > session.delivered) this.#restart()
  }
}

/** In a new life everything stored is news, also to those who wanted only what is new. */
function beginAgain(start: FeedStart): FeedStart {
  return start === 'new' ? { after: 0 } : start
}

function consumerRequest(stream: string, inbox: string, start: FeedStart): unknown {
  const policy =
    start === 'new'
      ? { deliver_policy: 'new' }
      : 'after' in start
        ? { deliver_policy: 'by_start_sequence', opt_start_seq: start.after + 1 }
        : { deliver_policy: 'last_per_subject', filter_subject: start.lastOfEach }
  return {
    stream_name: stream,
    config: {
      ...policy,
      deliver_subject: inbox,
      ack_policy: 'none',
      max_deliver: 1,
      replay_policy: 'instant',
      flow_control: true,
      idle_heartbeat: nanos(HEARTBEAT_MS),
      mem_storage: true,
      num_replicas: 1,
    },
  }
}

/**
 * From the reply subject `$JS.ACK.<stream>.<consumer>.<tries>.<stream seq>.<consumer seq>.<time>.
 * <pending>`; newer servers have two names more in front and one token more at the end.
 */
function deliveryNumbers(reply: string | undefined) {
  const tokens = (reply ?? '').split('.')
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined
  const at = tokens.length === 9 ? 5 : 7
  const [sequence, delivery, , pending] = tokens.slice(at, at + 4).map(Number)
  if (sequence === undefined || delivery === undefined || pending === undefined) return undefined
  return { sequence, delivery, pending }
}
