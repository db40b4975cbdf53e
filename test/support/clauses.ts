import { readFileSync } from 'node:fs'
import type { ControllerState } from '../../services/controller/core/state.ts'
import { runCommand } from './scenario-commands.ts'
import { createScenarioWorld, type ScenarioWorld } from './scenario-world.ts'

/** What became of a few commands. */
export interface Story {
  /** What the last command printed. */
  readonly said: string
  /** What each real server has in each service: `web1=100 web2=0 web3=none`. */
  readonly weights: string
  /** Keys of the alerts that are raised. */
  readonly alerts: readonly string[]
  /** The controller as it is by now. */
  readonly state: ControllerState
  /** Goes on with more commands. */
  andThen(...commands: readonly string[]): Story
}

/** Two real servers in one service, up and in the table, then these commands. */
export function twoServers(...commands: readonly string[]): Story {
  return story(...PAIR, 'start', 'pass web1 web2', ...commands)
}

/** The service `web` with `web1` and `web2`; nothing has been started. */
export const PAIR = [
  'service web tcp/192.0.2.10:80 wlc',
  'server web web1 10.0.0.11:80 rise=2 fall=3',
  'server web web2 10.0.0.12:80 rise=2 fall=3',
] as const

/** Runs commands of scenarios from the very beginning. */
export function story(...commands: readonly string[]): Story {
  return goOn(createScenarioWorld(), commands)
}

/** Numbers of the clauses in some sections of a page, each a digit, or in one: `- **1.2** …`. */
export function clausesOf(page: URL, sections: string | number): readonly string[] {
  const which = typeof sections === 'number' ? sections : `[${sections}]`
  const clauses = new RegExp(`^- \\*\\*(${which}\\.\\d+)\\*\\*`, 'gm')
  return [...readFileSync(page, 'utf8').matchAll(clauses)].map(([, id = '']) => id)
}

function goOn(world: ScenarioWorld, commands: readonly string[]): Story {
  let said: readonly string[] = []
  for (const command of commands) said = runCommand(world, command)
  const { state } = world.core
  const weights: string[] = []
  for (const { servers, sorry } of state.services.values()) {
    for (const { config, placement } of servers) {
      weights.push(`${config.name}=${placement.weight ?? 'none'}`)
    }
    if (sorry) weights.push('sorry')
  }
  return {
    said: said.join('\n'),
    weights: weights.join(' '),
    alerts: [...state.alerts.keys()],
    state,

    andThen: (...more) => goOn(world, more),
  }
}
