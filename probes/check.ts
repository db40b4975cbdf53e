import type { z } from 'zod'

/** Where in the exchange a check failed, from the wire upwards. */
export type Layer = 'network' | 'connect' | 'tls' | 'protocol' | 'content' | 'script'

/** What one probe saw. `inconclusive` is the prober's own trouble: never the server's fault. */
export type Outcome =
  | { readonly outcome: 'pass'; readonly detail: string }
  | {
      /** A pass that asks for less weight: slow answers, an agent's percentage. */
      readonly outcome: 'degraded'
      /** Share of the configured weight, 0 to 1: 0 quiesces, 1 is a warning alone. */
      readonly factor: number
      readonly code: string
      readonly detail: string
    }
  | {
      readonly outcome: 'fail'
      readonly layer: Layer
      /** Stable and dotted, for machines: `connect.refused`, `http.status`. */
      readonly code: string
      /** For people: what was wanted, what was got. */
      readonly detail: string
    }
  | { readonly outcome: 'inconclusive'; readonly code: string; readonly detail: string }

/** The virtual service a probe is run for; only checks that hand it on (`exec`) look at it. */
export interface VirtualAddress {
  /** VIP, or the fwmark as a number in text. */
  readonly address: string
  /** 0 for a fwmark service. */
  readonly port: number
}

/** Where a probe looks. `address` is always a literal IP: resolving is done before, once. */
export interface Target {
  readonly address: string
  readonly family: 4 | 6
  /** 0 where the check has no port (`icmp`). */
  readonly port: number
  /** Literal IP of this machine that the probe comes from; without it the kernel chooses. */
  readonly source?: string
  /** Only for checks with `needsVirtual`. */
  readonly virtual?: VirtualAddress
}

/** What is said and heard during `lvsctl check`, in order, secrets masked. */
export interface Transcript {
  sent(text: string): void
  received(text: string): void
  note(text: string): void
}

/**
 * A light cancel signal: one listener list, no EventTarget. `AbortSignal` costs more than a
 * connect on loopback, and thousands of probes a second each need one.
 */
export interface Deadline {
  readonly expired: boolean
  /** Calls back once when the deadline passes or the prober stops; returns how to unlisten. */
  onExpire(listener: () => void): () => void
}

/** What a server has said of itself, for `push`. */
export interface Pushed {
  /** How long anybody has listened, in milliseconds. */
  readonly listenedMs: number
  readonly last?: {
    /** `ok`, `fail`, or a share of the weight in percent: `75%`. */
    readonly state: string
    readonly message: string
    readonly ageMs: number
  }
}

/** What `runCheck` lends to one run of a check. */
export interface CheckContext {
  readonly deadline: Deadline
  /** The whole budget of this run, in milliseconds; for checks that hand it on to a program. */
  readonly timeoutMs: number
  readonly transcript?: Transcript
  readonly pushed?: Pushed
}

/**
 * A kind of check: options in, one observation out. `run` makes one attempt at one address, never
 * retries, never throws for a sick server and keeps no state between runs.
 */
export interface Check<Options = unknown> {
  readonly kind: string
  /** One sentence for the reference page: what passes, what fails. */
  readonly summary: string
  /** The options' schema, defaults included; the cluster file and the reference page use it. */
  readonly options: z.ZodType<Options>
  /** One check as it stands in a cluster file, in YAML; shown on the reference page. */
  readonly example?: string
  /**
   * Its own codes and what they mean, for the reference page; those of connections, TLS and local
   * trouble are the same for all.
   */
  readonly codes?: Readonly<Record<string, string>>
  /** The check has no port (`icmp`), so a service without one can use it. */
  readonly portless?: boolean
  /** The check opens no TCP connection to the target's port: no tripwire, no `connectsBetween`. */
  readonly withoutTcp?: boolean
  /** As long as nothing conclusive is known of it, the check does not keep a server out. */
  isOptional?(options: Options): boolean
  /** The target must carry the virtual service's address: such probes are not shared. */
  needsVirtual?(options: Options): boolean
  run(target: Target, options: Options, context: CheckContext): Promise<Outcome>
  /** One run is for all targets with these options (`runMany`), where their timing is the same. */
  isShared?(options: Options): boolean
  /** As `run`, for many targets of one IP version at once: an outcome each, in their order. */
  runMany?(
    targets: readonly Target[],
    options: Options,
    context: CheckContext,
  ): Promise<readonly Outcome[]>
}

/** Keeps the options' type together with the check; the registry forgets it again. */
export function defineCheck<Options>(check: Check<Options>): Check<Options> {
  return check
}

/** The server answered as it should. */
export function pass(detail: string): Outcome {
  return { outcome: 'pass', detail }
}

/** The server answered, but should get less: a share (0 to 1) of its configured weight. */
export function degraded(factor: number, code: string, detail: string): Outcome {
  return { outcome: 'degraded', factor, code, detail }
}

/** The server is at fault. */
export function fail(layer: Layer, code: string, detail: string): Outcome {
  return { outcome: 'fail', layer, code, detail }
}

/** We are at fault, or cannot tell. */
export function inconclusive(code: string, detail: string): Outcome {
  return { outcome: 'inconclusive', code, detail }
}
