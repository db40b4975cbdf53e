import { CALM } from '../support/simulation/network.ts'
import { DIRECTORS, INTERVAL_MS, LASTING, REAL_SERVERS, VANTAGES } from './cluster.ts'
import { handEdit } from './hand-edit.ts'
import type { Simulation } from './simulation.ts'
import { PROCESS_NAMES, PROCESSES, type ProcessName } from './world.ts'

/** Something that goes wrong, or that people do; returns how it ends, where it lasts. */
export interface Fault {
  readonly name: string
  begin(simulation: Simulation): (() => void) | undefined
}

/** What can happen while every vantage sees what there is. */
export const FAULTS: readonly Fault[] = [
  { name: 'kill', begin: (simulation) => kill(simulation, PROCESS_NAMES) },
  { name: 'kill', begin: (simulation) => kill(simulation, PROCESS_NAMES) },
  { name: 'isolate', begin: (simulation) => isolate(simulation, PROCESS_NAMES) },
  { name: 'cut', begin: cutTwo },
  { name: 'network', begin: spoilNetwork },
  { name: 'hub', begin: stopHub },
]

/** What can happen while a vantage does not see all: these leave probers alone. */
export const FAULTS_BESIDE_BLINDNESS: readonly Fault[] = [
  { name: 'blind', begin: blind },
  { name: 'kill', begin: (simulation) => kill(simulation, withoutProbers()) },
  { name: 'isolate', begin: (simulation) => isolate(simulation, withoutProbers()) },
]

/** What happens in any case. */
export const EVENTS: readonly Fault[] = [
  { name: 'server', begin: killServer },
  { name: 'reboot', begin: reboot },
  { name: 'edit', begin: edit },
  { name: 'order', begin: order },
  { name: 'order', begin: order },
  { name: 'file', begin: changeFile },
]

function withoutProbers(): readonly ProcessName[] {
  return PROCESS_NAMES.filter((name) => PROCESSES[name].role !== 'prober')
}

function kill({ world }: Simulation, among: readonly ProcessName[]) {
  const name = world.random.pick(among)
  if (!world.isRunning(name)) return undefined
  world.kill(name)
  return () => {
    if (!world.isRunning(name)) world.start(name)
  }
}

function isolate({ world, isolated }: Simulation, among: readonly ProcessName[]) {
  const name = world.random.pick(among)
  if (!world.isRunning(name) || isolated.has(name)) return undefined
  isolated.add(name)
  world.adversary.isolate(name)
  return () => {
    isolated.delete(name)
    if (world.isRunning(name)) world.adversary.rejoin(name)
    else world.adversary.heal(name, 'nats')
  }
}

function cutTwo({ world }: Simulation) {
  const one = world.random.pick(PROCESS_NAMES)
  const other = world.random.pick(PROCESS_NAMES)
  if (one === other) return undefined
  world.adversary.cut(one, other)
  return () => world.adversary.heal(one, other)
}

function spoilNetwork({ world }: Simulation) {
  const { random, adversary } = world
  const maxDelayMs = Math.round(random.between(5, 800))
  const rates = { drop: random.between(0, 0.3), duplicate: random.between(0, 0.2) }
  const more = { reorder: random.between(0, 0.3), storeLoss: random.between(0, 0.1) }
  adversary.setFaults({ ...rates, ...more, maxDelayMs })
  return () => adversary.setFaults(CALM)
}

function stopHub({ world, hub }: Simulation) {
  if (hub.isStopped) return undefined
  hub.isStopped = true
  world.adversary.stopHub()
  return () => {
    hub.isStopped = false
    world.adversary.startHub()
  }
}

/**
 * What a vantage saw holds until it has looked again. So long after one was blind no other may be:
 * two that see nothing, one after the other, are right to agree that nothing is there.
 */
const LOOKS_AGAIN_MS = 2 * INTERVAL_MS

function blind({ world }: Simulation) {
  const { unseen, lastBlind, clock } = world
  if (unseen.size > 0) return undefined
  const isLooking = clock.monotonic() - lastBlind.untilMs < LOOKS_AGAIN_MS
  const vantage = isLooking ? lastBlind.vantage : world.random.pick(VANTAGES)
  const hidden = [...REAL_SERVERS.values()].filter(() => world.random.chance(0.5))
  world.unseen.set(vantage, new Set(hidden))
  world.note(`${vantage} does not see ${hidden.join(' ')}`)
  return () => {
    world.unseen.clear()
    Object.assign(lastBlind, { vantage, untilMs: clock.monotonic() })
    world.note('everything is seen')
  }
}

function killServer({ world }: Simulation) {
  const address = world.random.pick([...REAL_SERVERS.values()])
  world.setUp(address, false)
  return () => world.setUp(address, true)
}

function reboot(simulation: Simulation) {
  const { world } = simulation
  const director = world.random.pick(DIRECTORS)
  world.crashMachine(director)
  simulation.accept(director)
  return () => {
    if (!world.isRunning(director)) world.start(director)
  }
}

function edit(simulation: Simulation) {
  const director = simulation.world.random.pick(DIRECTORS)
  simulation.do(handEdit(simulation.world, director).then(() => simulation.accept(director)))
  return undefined
}

function order({ world, operators, do: track }: Simulation) {
  const { random } = world
  const verb = random.pick(['drain', 'maintenance', 'enable', 'enable'] as const)
  const forMs = random.chance(0.5) ? Math.round(random.between(30, 7200)) * 1000 : undefined
  track(operators.ask(verb, random.pick(LASTING), forMs))
  return undefined
}

function changeFile({ world, operators, do: track }: Simulation) {
  const { random } = world
  track(operators.apply({ weight: random.pick([50, 100, 200]), size: random.pick([4, 5]) }))
  return undefined
}
