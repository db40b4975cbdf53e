import type { Observation } from '../../shared/domain/observation.ts'
import type { FieldValue, Point } from '../../shared/domain/point.ts'
import type { Directory } from './directory.ts'

/**
 * What one frame of observations says, a point for each use of each probe. The time of a run
 * identifies its point, so a frame that is written twice is there once.
 */
export function checkPoints(
  directory: Directory,
  vantage: string,
  observations: readonly Observation[],
): readonly Point[] {
  const points: Point[] = []
  for (const observation of observations) {
    const uses = directory.checks(observation.probe)
    if (uses.length === 0) continue
    const fields = fieldsOf(observation)
    for (const { service, server, check } of uses) {
      const tags = { service, server, check, vantage }
      points.push({ measurement: 'check', at: observation.at, tags, fields })
    }
  }
  return points
}

function fieldsOf({ outcome, durationMs }: Observation): Record<string, FieldValue> {
  const isPass = outcome.outcome === 'pass' || outcome.outcome === 'degraded'
  const fields: Record<string, FieldValue> = {
    outcome: outcome.outcome,
    passed: isPass ? 1 : 0,
    failed: outcome.outcome === 'fail' ? 1 : 0,
    inconclusive: outcome.outcome === 'inconclusive' ? 1 : 0,
  }
  // A refused connection is quick and a timeout is as long as it may be: neither is a latency.
  if (isPass) fields['latency_ms'] = durationMs
  if (outcome.outcome !== 'pass') fields['code'] = outcome.code
  return fields
}
