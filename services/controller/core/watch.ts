import type { Alert } from '../../shared/domain/alert.ts'
import { formatDuration } from '../../shared/domain/duration.ts'
import { quorumOf } from './agree.ts'
import { clearAlert, directorAlertKey, raiseAlert, serviceAlertKey, warnWhile } from './alerts.ts'
import type { Command } from './command.ts'
import { allDirectors, isNamed } from './directors.ts'
import type { CheckState, ControllerState, ServiceState } from './state.ts'
import { objectionTo, silenceMs } from './view.ts'

const DIRECTOR_SILENCE_MS = 5000
/** A director of the cluster file that has said nothing for so long is missed. */
const MISSING_MS = 10_000

/** Silence of probers and directors: holds everything, and raises an alert. */
export function watchSilence(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const service of state.services.values()) commands.push(...watchService(state, service, at))
  for (const director of new Set([...allDirectors(state), ...state.directors.keys()])) {
    commands.push(...watchDirector(state, director, at))
  }
  return commands
}

/** Nothing conclusive has been heard of a check for so long that its verdict is only held. */
export function isSilent(check: CheckState, at: number): boolean {
  return at - heardAt(check) > silenceMs(check.spec)
}

/** When anybody said something conclusive of a check last, or when it was added. */
function heardAt({ views, since }: CheckState): number {
  let latest = since
  for (const view of views) if (view.heardAt > latest) latest = view.heardAt
  return latest
}

function watchService(
  state: ControllerState,
  service: ServiceState,
  at: number,
): readonly Command[] {
  let total = 0
  let silent = 0
  let held = 0
  let oldest = at
  for (const { checks } of service.servers) {
    for (const check of checks) {
      total++
      if (isSilent(check, at)) {
        silent++
        oldest = Math.min(oldest, heardAt(check))
      } else if (isHeld(check, at)) held++
    }
  }
  const { name } = service.config
  const time = formatDuration(at - oldest)
  const heard = `nothing conclusive heard of ${silent} of ${total} checks for ${time}`
  const few = `too few vantages count for ${held} of ${total} checks`
  const warn = (kind: 'silence' | 'vantages', isSo: boolean, why: string) => {
    const message = `${name}: ${why}: their last verdicts hold`
    return warnWhile(state, isSo, { key: serviceAlertKey(kind, name), message, at })
  }
  return [...warn('silence', silent > 0, heard), ...warn('vantages', held > 0, few)]
}

/** Somebody speaks of it, but not as many vantages count as must agree. */
function isHeld(check: CheckState, at: number): boolean {
  const { spec, views, since } = check
  if (views.length === 0 || at - since <= silenceMs(spec)) return false
  let counted = 0
  for (const view of views) if (objectionTo(view, spec, at) === undefined) counted++
  return counted < quorumOf(check, counted)
}

/** One that is silent keeps its place: nothing is taken out of any table for it. */
function watchDirector(state: ControllerState, director: string, at: number): readonly Command[] {
  const heardAt = state.directorsHeardAt.get(director)
  return [
    ...switchAlert(state, at, {
      key: directorAlertKey('missing', director),
      severity: 'critical',
      isRaised: heardAt === undefined && at - state.configuredAt > MISSING_MS,
      message: `director ${director} of the cluster file has never reported`,
    }),
    ...switchAlert(state, at, {
      key: directorAlertKey('unknown', director),
      severity: 'warning',
      isRaised: heardAt !== undefined && !isNamed(state, director),
      message: `director ${director} reports, but is not in the cluster file: it gets no table`,
    }),
    ...switchAlert(state, at, {
      key: directorAlertKey('silent', director),
      severity: 'critical',
      isRaised: heardAt !== undefined && at - heardAt > DIRECTOR_SILENCE_MS,
      message: `director ${director} has not reported for ${formatDuration(at - (heardAt ?? at))}`,
    }),
  ]
}

interface AlertSwitch extends Omit<Alert, 'since'> {
  readonly isRaised: boolean
}

function switchAlert(
  state: ControllerState,
  at: number,
  { isRaised, ...alert }: AlertSwitch,
): readonly Command[] {
  return isRaised ? raiseAlert(state, { ...alert, since: at }) : clearAlert(state, alert.key, at)
}
