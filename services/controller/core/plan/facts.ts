import type { PlannedChange, PlannedEntry } from '../../../shared/domain/plan.ts'
import { overrideOf } from '../overrides.ts'
import type { ControllerState, ServerState } from '../state.ts'

/** What a plan is about. */
export interface PlanParts {
  readonly changes: readonly PlannedChange[]
  readonly later: readonly PlannedEntry[]
  /** Names of the services that the file changes. */
  readonly touched: ReadonlySet<string>
}

/**
 * What a plan depends on, a line each and in order: the steps themselves, who is up, and what
 * operators want. Counters are none, nor is what somebody else has just changed and is put right
 * anyway; of a weight that moves by itself only that it does.
 */
export function factsOf(
  before: ControllerState,
  after: ControllerState,
  { changes, later, touched }: PlanParts,
): readonly string[] {
  const moving = new Set([...movingIn(before), ...movingIn(after)])
  const steps = changes.flatMap((change) => (change.by === 'file' ? linesOf(change, moving) : []))
  const entries = later.map(({ service, server }) => `${service}/${server} waits for its checks`)
  const standing = [before, after].flatMap(({ services }) =>
    [...services.values()]
      .filter(({ config }) => touched.has(config.name))
      .flatMap(({ servers }) => servers.map((server) => standingLine(after, server))),
  )
  return [...new Set([...steps, ...entries, ...standing])].sort()
}

function linesOf(
  { act, address, row, server, service, directors, fields }: PlannedChange,
  moving: ReadonlySet<string>,
): readonly string[] {
  const what = row === undefined ? address : `${address} ${row}`
  return directors.flatMap((director) =>
    fields.map((field) => {
      const isMoving = field.what === 'weight' && moving.has(`${service}/${server}`)
      const values = isMoving
        ? 'moves by itself'
        : `${field.applied ?? field.kernel} -> ${field.desired}`
      return `${director}: ${act} ${what}: ${field.what} ${values}`
    }),
  )
}

function movingIn({ services }: ControllerState): readonly string[] {
  return [...services.values()].flatMap(({ config, servers }) =>
    servers
      .filter(({ placement: { because } }) => ['dynamic', 'slow-start'].includes(because.type))
      .map((server) => `${config.name}/${server.config.name}`),
  )
}

function standingLine(state: ControllerState, server: ServerState): string {
  const { config, service, verdict } = server
  const override = overrideOf(state, server)
  const word = override === undefined ? '' : `, under ${override.kind} by ${override.owner}`
  return `${service.config.name}/${config.name} is ${verdict}${word}`
}
