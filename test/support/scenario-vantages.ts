import type { Outcome } from '../../probes/check.ts'
import type { ProbeId } from '../../services/shared/domain/check-spec.ts'
import { parseDuration } from '../../services/shared/domain/duration.ts'
import { buildCheck } from './cluster-builder.ts'
import { last, type Options } from './scenario-config.ts'
import { feed, observeFrom, type ScenarioWorld } from './scenario-world.ts'

/** The one of a standalone monitor, where nothing else is said. */
const LOCAL = 'lb1'

/** `… from VANTAGE[/PROBER]`: who looked; a prober is called like its vantage if nobody says. */
export function proberOf(plain: readonly string[]): { prober: string; vantage: string } {
  const from = plain.indexOf('from')
  const [vantage = LOCAL, prober = vantage] = (from < 0 ? LOCAL : (plain[from + 1] ?? '')).split(
    '/',
  )
  return { prober, vantage }
}

/** `vantage NAME [canary=ADDRESS]…` names one in the cluster file. */
export function setVantage(
  { vantages }: ScenarioWorld,
  [name = '']: readonly string[],
  options: Options,
): readonly string[] {
  const canaries = (options.get('canary') ?? []).map((address) =>
    buildCheck({
      label: `icmp ${address}`,
      probe: canaryOf(name, address),
      kind: 'icmp',
      target: { address, family: 4, port: 0 },
      intervalMs: 1000,
    }),
  )
  vantages.set(name, { name, canaries })
  return []
}

/** `canary pass|fail ADDRESS… from VANTAGE[/PROBER]`. */
export function seeCanary(
  world: ScenarioWorld,
  [what, ...plain]: readonly string[],
): readonly string[] {
  const by = proberOf(plain)
  const outcome: Outcome =
    what === 'pass'
      ? { outcome: 'pass', detail: 'answered' }
      : { outcome: 'fail', layer: 'network', code: 'icmp.timeout', detail: 'no answer' }
  const addresses = plain.slice(0, plain.indexOf('from'))
  const seen = addresses.map((address) => [canaryOf(by.vantage, address), outcome] as const)
  return observeFrom(world, by, seen)
}

/** `prober NAME at VANTAGE [clock=12s]` is alive, `prober NAME lost`, `prober NAME left`. */
export function setProber(
  world: ScenarioWorld,
  [name = '', what = '', vantage = '']: readonly string[],
  options: Options,
): readonly string[] {
  const { probers, at } = world
  const known = probers.get(name)
  if (what === 'left') probers.delete(name)
  else if (what === 'lost' && known !== undefined) probers.set(name, { ...known, alive: false })
  else {
    const skewMs = parseDuration(last(options, 'clock') ?? '') ?? 0
    const load = { tags: [], checks: 2, lagMs: 0, skewMs }
    probers.set(name, { name, vantage, ...load, alive: true, heardAt: at })
  }
  world.hasMembership = true
  return hearProbers(world)
}

/** The heartbeats of a second; a world without probers of its own has none. */
export function hearProbers(world: ScenarioWorld): readonly string[] {
  if (!world.hasMembership) return []
  const probers = [...world.probers.values()]
  return feed(world, { type: 'probers-heard', at: world.at, probers })
}

function canaryOf(vantage: string, address: string): ProbeId {
  return `canary/${vantage}/${address}` as ProbeId
}
