import type { Cluster } from '../../../shared/domain/virtual-service.ts'
import type { Command } from '../command.ts'
import { coreOn } from '../controller-core.ts'
import type { ControllerState } from '../state.ts'

/** How things would be, and what would be asked for on the way. */
export interface WhatIf {
  readonly state: ControllerState
  readonly commands: readonly Command[]
}

/**
 * What a new cluster file would make of the present, decided by the machine itself on a copy; the
 * state that is given stays as it is. What directors reported is never changed, so it is shared.
 */
export function whatIf(state: ControllerState, cluster: Cluster, at: number): WhatIf {
  const { directors, ...rest } = state
  const copy: ControllerState = { ...structuredClone(rest), directors: new Map(directors) }
  const commands = coreOn(copy).handle({ type: 'config-changed', at, cluster })
  return { state: copy, commands }
}
