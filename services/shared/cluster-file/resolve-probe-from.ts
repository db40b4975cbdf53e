import { suggestKey } from '../domain/nearest-key.ts'
import type { ProbeFrom } from '../domain/virtual-service.ts'
import type { ServiceDraft } from './draft-file.ts'
import type { Path } from './finding.ts'
import { given } from './levels.ts'
import type { ResolveContext } from './resolve-server.ts'
import { quote } from './values.ts'

/** From where a service is looked at; what cannot come true is in the findings. */
export function resolveProbeFrom(
  draft: ServiceDraft,
  context: ResolveContext,
): ProbeFrom | undefined {
  const setting = given([draft, draft.defaults], 'probeFrom')
  if (setting === undefined) return undefined
  const { value } = setting
  const isList = Array.isArray(value)
  const { vantages, quorum = undefined } = isList ? { vantages: value } : value
  const listPath = isList ? setting.path : [...setting.path, 'vantages']
  if (vantages !== undefined) checkNames(vantages, listPath, context)
  if (quorum !== undefined) checkQuorum(quorum, vantages, [...setting.path, 'quorum'], context)
  if (vantages === undefined && quorum === undefined) return undefined
  return {
    ...(vantages !== undefined && { vantages: [...new Set(vantages)] }),
    ...(quorum !== undefined && { quorum }),
  }
}

/** Where the file names its vantages, another name is a slip; else names come from the probers. */
function checkNames(
  names: readonly string[],
  path: Path,
  { file, findings, isGiven, membersOf }: ResolveContext,
): void {
  if (names.length === 0) {
    const message = 'wanted at least one vantage; without probeFrom all of them look'
    findings.error({ path, rule: 'no-vantages', message })
  }
  for (const [index, name] of names.entries()) {
    const place = [...path, index]
    if (names.indexOf(name) < index) {
      const message = `${name} is in this list already; a vantage has one voice`
      findings.error({ path: place, rule: 'duplicate-vantage', message })
    }
    if (file.vantages === undefined || isGiven(['vantages', name])) continue
    const message = `${quote(name)} is not in vantages at the top`
    const suggestion = suggestKey(name, membersOf(['vantages']))
    findings.error({ path: place, rule: 'unknown-vantage', message: `${message}${suggestion}` })
  }
}

function checkQuorum(
  quorum: number,
  names: readonly string[] | undefined,
  path: Path,
  { file, findings }: ResolveContext,
): void {
  const listed = names && new Set(names).size
  if (listed !== undefined && quorum > listed) {
    const message = `wanted at most ${listed}, as many as look, got ${quorum}: none could agree`
    findings.error({ path, rule: 'quorum-over-vantages', message })
    return
  }
  const named = listed ?? (file.vantages && Object.keys(file.vantages).length)
  if (named === undefined) return
  if (quorum > named) {
    const message =
      `the file names ${named} of the ${quorum} vantages that must agree: no verdict changes ` +
      'unless probers look from others, too'
    findings.warn({ path, rule: 'quorum-out-of-reach', message })
  } else if (2 * quorum <= named) {
    const message =
      `${quorum} of ${named} is no majority: where both sides have a quorum, down wins, so ` +
      `${quorum === 1 ? 'one vantage' : `${quorum} vantages`} in trouble can take a healthy ` +
      'real server out'
    findings.warn({ path, rule: 'quorum-without-majority', message })
  }
}
