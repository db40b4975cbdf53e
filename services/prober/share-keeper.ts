import { LOST_AFTER_MS, type Member } from '../shared/coordination/member-book.ts'
import { Membership } from '../shared/coordination/membership.ts'
import type { CheckSpec, ProbeId } from '../shared/domain/check-spec.ts'
import type { Cluster } from '../shared/domain/virtual-service.ts'
import { type Logger, silentLogger } from '../shared/runtime/logger.ts'
import { CanaryWatch } from './canary-watch.ts'
import { type Peer, shareOf, sharersOf } from './core/share.ts'
import { createProber, type Prober, type ProberConfig, type ProberPorts } from './prober.ts'
import { probesOf } from './probes-of.ts'

const LISTEN_MS = 500

/**
 * Runs a prober's share of the checks of its vantage, and all canaries of that. Who is alive
 * decides the share; what a prober gains it runs once who had it has let go, in the times that it
 * had.
 */
export class ShareKeeper {
  readonly prober: Prober
  readonly membership: Membership
  readonly #config: ProberConfig
  readonly #ports: ProberPorts
  readonly #logger: Logger
  readonly #canaryWatch: CanaryWatch
  #cluster: Cluster | undefined
  #probes: ReadonlyMap<ProbeId, CheckSpec> = new Map()
  #canaries: readonly CheckSpec[] = []
  #running: ReadonlySet<ProbeId> = new Set()
  /** Somebody else has run checks of this vantage in our life. */
  #hadPeers = false
  #isReady = false
  #cancelTimer: () => void = () => undefined

  constructor(config: ProberConfig, ports: ProberPorts) {
    const { bus, clock, random = Math.random, logger = silentLogger } = ports
    this.#config = config
    this.#ports = ports
    this.#logger = logger
    this.#canaryWatch = new CanaryWatch(clock, {
      hurry: (probes) => this.prober.hurry(probes),
      onChange: () => this.#turnFit(),
    })
    this.prober = createProber(config, {
      ...ports,
      onObservation: (observation, isNews) => this.#canaryWatch.see(observation, isNews),
    })
    this.membership = new Membership(
      {
        cluster: config.cluster,
        name: config.name,
        life: `${clock.now()}-${random().toString(36).slice(2)}`,
        describe: () => this.#describe(),
        onChange: (sinceMs) => this.#share(sinceMs),
      },
      { bus, clock, logger },
    )
  }

  /** What the cluster file says; `undefined` before it is known. */
  get cluster(): Cluster | undefined {
    return this.#cluster
  }

  /** Names of the vantages that somebody alive looks from. */
  get vantages(): ReadonlySet<string> {
    const alive = this.membership.members.filter((member) => member.alive)
    return new Set([this.#config.vantage, ...alive.map(({ heartbeat }) => heartbeat.vantage)])
  }

  async start(): Promise<void> {
    await this.prober.start()
    this.membership.start()
  }

  async stop(): Promise<void> {
    this.#cancelTimer()
    this.#isReady = false
    await this.prober.stop()
    // Only now: the others begin at once with what we have left.
    this.membership.stop()
  }

  /** Follows the cluster file; checks that are new to it are run soon. */
  setCluster(cluster: Cluster): void {
    const { vantage } = this.#config
    this.#cluster = cluster
    this.#probes = probesOf(cluster, vantage)
    this.#canaries = cluster.vantages?.find(({ name }) => name === vantage)?.canaries ?? []
    this.#canaryWatch.setCanaries(this.#canaries)
    const pushes = [...allChecks(cluster)].filter(({ kind }) => kind === 'push')
    this.prober.listenFor(new Set(pushes.map(({ probe }) => probe)))
    this.#share(undefined)
  }

  /** Takes the share that falls to us now; `sinceMs`: who ran what we gain did so until then. */
  #share(sinceMs: number | undefined): void {
    const { clock } = this.#ports
    const nowMs = clock.monotonic()
    this.#cancelTimer()
    if (this.#cluster === undefined || !this.#isListening(nowMs)) return
    const peers = this.#peers(nowMs)
    const share = shareOf([...this.#probes.keys()], this.#own(), peers, this.#running)
    const specs = share.flatMap((probe) => this.#probes.get(probe) ?? [])
    const isFirst = !this.#isReady
    this.#isReady = true
    this.prober.setProbes([...this.#canaries, ...specs], this.#hadPeers ? sinceMs : undefined)
    if (share.length !== this.#running.size || isFirst) this.#tellShare(share.length, peers)
    this.#running = new Set(share)
    // Only now do the others let go of what falls to us.
    if (isFirst) this.membership.say()
    // Who never says that it shares with us does not hold us up for ever.
    if (peers.some(({ yields }) => !yields)) {
      this.#cancelTimer = clock.after(LOST_AFTER_MS, () => this.#share(clock.monotonic()))
    }
  }

  /** True once it has listened for long enough to know the others; else it comes back later. */
  #isListening(nowMs: number): boolean {
    if (this.#isReady) return true
    const sinceMs = this.membership.connectedSinceMs
    if (sinceMs === undefined) return false
    const waitMs = sinceMs + (this.#config.listenMs ?? LISTEN_MS) - nowMs
    if (waitMs <= 0) return true
    this.#cancelTimer = this.#ports.clock.after(waitMs, () => this.#share(undefined))
    return false
  }

  #peers(nowMs: number): readonly Peer[] {
    return this.#members().map(({ heartbeat, sinceMs }) => {
      const { prober: name, fit, sharesWith, checks } = heartbeat
      if (checks > 0) this.#hadPeers = true
      const isOverdue = nowMs - sinceMs >= LOST_AFTER_MS
      return { name, fit, yields: isOverdue || sharesWith.includes(this.#config.name) }
    })
  }

  #members(): readonly Member[] {
    const { vantage } = this.#config
    return this.membership.members.filter(
      ({ alive, heartbeat }) => alive && heartbeat.vantage === vantage,
    )
  }

  #own(): { readonly name: string; readonly fit: boolean } {
    return { name: this.#config.name, fit: this.#canaryWatch.isFit }
  }

  #describe() {
    const { vantage, tags = [], name } = this.#config
    const { clock } = this.#ports
    const sharers = sharersOf(this.#own(), this.#peers(clock.monotonic()))
    return {
      vantage,
      tags,
      checks: this.prober.size,
      lagMs: this.prober.takeLagMs(),
      fit: this.#isReady && this.#canaryWatch.isFit,
      sharesWith: sharers.filter((other) => other !== name),
    }
  }

  #turnFit(): void {
    const { isFit } = this.#canaryWatch
    const said = isFit ? 'canaries answer again' : 'canaries do not answer: the checks go to others'
    this.#logger.warn({ fit: isFit }, said)
    this.#share(this.#ports.clock.monotonic())
    this.membership.say()
  }

  #tellShare(checks: number, peers: readonly Peer[]): void {
    const sharesWith = peers.map(({ name }) => name)
    this.#logger.info({ checks, of: this.#probes.size, sharesWith }, 'took our share of the checks')
  }
}

function* allChecks({ virtualServices }: Cluster): Generator<CheckSpec> {
  for (const { realServers } of virtualServices) {
    for (const { checks } of realServers) yield* checks
  }
}
