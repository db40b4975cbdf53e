import { formatCheckTarget, type ProbeId } from '../domain/check-spec.ts'
import type { Vantage } from '../domain/virtual-service.ts'
import type { CanaryDraft, VantageDraft } from './draft-vantages.ts'
import { resolveChecks } from './resolve-check.ts'
import type { ResolveContext } from './resolve-server.ts'

/** The vantages that a file names, their canaries aimed. */
export function resolveVantages(
  drafts: readonly VantageDraft[],
  context: ResolveContext,
): readonly Vantage[] {
  return drafts.map(({ name, canaries }) => ({
    name,
    canaries: canaries.flatMap((canary) => resolveCanary(name, canary, context)),
  }))
}

/** Every prober of the vantage runs it, so it is a probe of its own, whoever else checks that. */
function resolveCanary(
  vantage: string,
  { address, path, template }: CanaryDraft,
  { hosts, findings }: ResolveContext,
): Vantage['canaries'] {
  const ip = hosts.find(address, undefined, path)
  if (ip === undefined) return []
  const { family } = ip
  const aim = {
    ip,
    port: 0,
    service: { type: 'fwmark', family, mark: 0 } as const,
    portless: 'a canary',
    resolve: (own: typeof address) => hosts.find(own, family, path),
  }
  return resolveChecks([template], aim, findings.error).map((spec) => ({
    ...spec,
    label: template.name ?? `${spec.kind} ${formatCheckTarget(spec)}`,
    probe: `canary/${vantage}/${spec.probe}` as ProbeId,
  }))
}
