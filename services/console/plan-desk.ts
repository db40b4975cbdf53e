import { createHash } from 'node:crypto'
import type { Finding } from '../shared/cluster-file/finding.ts'
import { parseClusterFile } from '../shared/cluster-file/parse-cluster-file.ts'
import { openPlanStore, PLAN_TTL_MS, type PlanStore } from '../shared/coordination/plan-store.ts'
import { openRevisionStore, type RevisionStore } from '../shared/coordination/revision-store.ts'
import type { Foresight } from '../shared/domain/plan.ts'
import type { Cluster } from '../shared/domain/virtual-service.ts'
import type { Bus } from '../shared/ports/bus.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { Applied } from '../shared/wire/api.ts'
import type { ApplyPlanRequest, Planned, PlanRequest } from '../shared/wire/api-plans.ts'
import { foreseeRequest, foreseeResponse, type StoredPlan } from '../shared/wire/plan-message.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import { settingChanges } from './core/setting-changes.ts'
import { findingsOf, type RevisionDeskPorts, recordRevision } from './revision-desk.ts'

/** A large file is decided upon once. */
const FORESEE_TIMEOUT_MS = 20_000
/** A refusal names so many of the lines that differ. */
const LINES_NAMED = 5

/** Where cluster files are compared with the live tables, and put in force as compared. */
export interface PlanDesk {
  /** Reads a text and has the leading controller look ahead; changes nothing. */
  plan(request: PlanRequest): Promise<Planned>
  /**
   * Puts the text of a plan in force. Throws `api.unknown-target` for a plan that is not kept,
   * `api.conflict` when what it depends on has changed, `api.refused` where a guard objects.
   */
  apply(request: ApplyPlanRequest): Promise<Applied>
}

/** Opens the desk of one cluster. */
export async function openPlanDesk(cluster: string, ports: RevisionDeskPorts): Promise<PlanDesk> {
  const revisions = await openRevisionStore(ports.bus, cluster)
  const plans = await openPlanStore(ports.bus, cluster)
  const parts = { cluster, ports, revisions, plans }
  return {
    plan: (request) => plan(request, parts),
    apply: (request) => applyPlan(request, parts),
  }
}

interface DeskParts {
  readonly cluster: string
  readonly ports: RevisionDeskPorts
  readonly revisions: RevisionStore
  readonly plans: PlanStore
}

async function plan({ file, text, by }: PlanRequest, parts: DeskParts): Promise<Planned> {
  const { cluster, ports, revisions, plans } = parts
  const { revision: present } = await revisions.current()
  const base = present?.revision ?? 0
  const result = await parseClusterFile(text, { file })
  const findings: Finding[] = findingsOf(result, file, cluster)
  const about = { file, findings, base }
  if (!result.ok || findings.some(({ severity }) => severity === 'error')) {
    return { ...about, ...listsOf(NOTHING), settings: [] }
  }
  const foresight = await foresee(parts, result.cluster)
  const settings = [...settingChanges(present?.cluster, result.cluster)]
  const found = { ...about, ...listsOf(foresight), settings }
  if (present?.text === text) return found
  const at = ports.clock.now()
  const stored: StoredPlan = {
    file,
    text,
    cluster: result.cluster,
    by,
    at,
    base,
    facts: foresight.facts,
  }
  const id = idOf(stored)
  await plans.keep(id, stored)
  return { ...found, plan: id, until: new Date(at + PLAN_TTL_MS).toISOString() }
}

async function applyPlan(
  { plan: id, by, reason, force }: ApplyPlanRequest,
  parts: DeskParts,
): Promise<Applied> {
  const { cluster, ports, revisions, plans } = parts
  const stored = await plans.find(id)
  if (stored === undefined) {
    const message = `there is no plan ${id} (any more): a plan is kept for an hour; plan again`
    throw new ServiceError('api.unknown-target', message)
  }
  const found = await revisions.current()
  const present = found.revision?.revision ?? 0
  if (present !== stored.base) {
    const who = found.revision === undefined ? '' : `, put there by ${found.revision.by}`
    const message = `it starts from revision ${stored.base}, and ${present} is in force${who}`
    throw outdated(id, message)
  }
  const { facts, verdicts } = await foresee(parts, stored.cluster)
  const difference = differenceOf(stored.facts, facts)
  if (difference !== undefined) throw outdated(id, difference)
  const objections = verdicts.flatMap(({ service, objections }) =>
    objections.map((objection) => `${service}: ${objection}`),
  )
  if (objections.length > 0 && force !== true) {
    const why = `${objections.join('; ')}; --force does it nevertheless`
    throw new ServiceError('api.refused', `guards object to plan ${id}: ${why}`)
  }
  const { file, text, cluster: meaning } = stored
  const draft = { file, text, cluster: meaning, by, reason, at: ports.clock.now() }
  const { revision } = await revisions.put(draft, found)
  await plans.drop(id)
  const why = reason === '' ? '' : `: ${reason}`
  const message = `${by} put ${file} in force as revision ${revision}, by plan ${id}${why}`
  await recordRevision(cluster, ports, { by, to: 'applied', message })
  return { applied: true, changed: revision !== present, revision, file, findings: [] }
}

function outdated(id: string, why: string): ServiceError {
  const message = `plan ${id} is out of date, nothing was changed: ${why}; plan again`
  return new ServiceError('api.conflict', message)
}

async function foresee({ cluster, ports }: DeskParts, meaning: Cluster): Promise<Foresight> {
  const payload = foreseeRequest.encode({ cluster: meaning })
  return foreseeResponse.decode(await ask(ports.bus, cluster, payload))
}

async function ask(bus: Bus, cluster: string, payload: Uint8Array): Promise<Uint8Array> {
  try {
    return await bus.request(apiSubject(cluster, 'foresee'), payload, FORESEE_TIMEOUT_MS)
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'bus.no-responder') throw error
    const message =
      'no controller leads, so nobody can look ahead; lvsctl status shows who is alive'
    throw new ServiceError(error.code, message, { cause: error, retryable: true })
  }
}

/** The same text on the same facts is the same plan. */
function idOf({ base, text, facts }: StoredPlan): string {
  const hash = createHash('sha256').update(JSON.stringify([base, text, facts]))
  return hash.digest('hex').slice(0, 12)
}

/** What was so and is not any more, and the other way round; undefined when nothing. */
function differenceOf(was: readonly string[], is: readonly string[]): string | undefined {
  const [before, after] = [new Set(was), new Set(is)]
  const lines = [
    ...was.filter((fact) => !after.has(fact)).map((fact) => `no more: ${fact}`),
    ...is.filter((fact) => !before.has(fact)).map((fact) => `now: ${fact}`),
  ]
  if (lines.length === 0) return undefined
  const more = lines.length > LINES_NAMED ? `; and ${lines.length - LINES_NAMED} more` : ''
  return `${lines.slice(0, LINES_NAMED).join('; ')}${more}`
}

const NOTHING: Foresight = { changes: [], later: [], verdicts: [], warnings: [], facts: [] }

/** What an answer has of it: the facts are for us. */
function listsOf({
  changes,
  later,
  verdicts,
  warnings,
}: Foresight): Pick<Planned, 'changes' | 'later' | 'verdicts' | 'warnings'> {
  return {
    changes: changes.map(({ directors, fields, ...change }) => ({
      ...change,
      directors: [...directors],
      fields: [...fields],
    })),
    later: [...later],
    verdicts: verdicts.map(({ servers, objections, ...verdict }) => ({
      ...verdict,
      servers: [...servers],
      objections: [...objections],
    })),
    warnings: [...warnings],
  }
}
