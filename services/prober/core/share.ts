import { createChooser } from './rendezvous.ts'

/** Another prober of the same vantage that is alive. */
export interface Peer {
  readonly name: string
  /** Its canaries answer. */
  readonly fit: boolean
  /** It shares with us by now, or has had its time to say so. */
  readonly yields: boolean
}

/** Who shares the checks of a vantage: those whose canaries answer, else everybody. */
export function sharersOf(
  own: { readonly name: string; readonly fit: boolean },
  peers: readonly Peer[],
): readonly string[] {
  const all = [own, ...peers]
  const fit = all.filter((one) => one.fit)
  return (fit.length > 0 ? fit : all).map(({ name }) => name)
}

/**
 * The part of some probes that one prober runs: what falls to it, and is `running` already or has
 * been let go by who else would have it.
 */
export function shareOf<Probe extends string>(
  probes: readonly Probe[],
  own: { readonly name: string; readonly fit: boolean },
  peers: readonly Peer[],
  running: ReadonlySet<string>,
): readonly Probe[] {
  if (peers.length === 0) return probes
  const choose = createChooser(sharersOf(own, peers))
  const holding = new Set(peers.filter(({ yields }) => !yields).map(({ name }) => name))
  return probes.filter((probe) => {
    const { first, second } = choose(probe)
    if (first !== own.name) return false
    return running.has(probe) || second === undefined || !holding.has(second)
  })
}
