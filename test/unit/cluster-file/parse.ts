import { z } from 'zod'
import { defineCheck, pass } from '../../../probes/check.ts'
import { checks } from '../../../probes/registry.ts'
import type { CheckKinds } from '../../../services/shared/cluster-file/check-schema.ts'
import { formatFinding } from '../../../services/shared/cluster-file/finding.ts'
import {
  type ClusterFileResult,
  parseClusterFile,
} from '../../../services/shared/cluster-file/parse-cluster-file.ts'
import type { Cluster, VirtualService } from '../../../services/shared/domain/virtual-service.ts'

/** A check of one's own whose probes carry the virtual service's address. */
const script = defineCheck<{ command: string }>({
  kind: 'script',
  summary: 'Stands in for a check that wants the virtual service.',
  options: z.strictObject({ command: z.string() }),
  needsVirtual: () => true,
  run: async () => pass('ok'),
})

/** The registry, and a check that wants the virtual service. */
export const KINDS: CheckKinds = { ...checks, script }

/** Knows `*.example.net`, of which `dual.` has both families; every other name is unknown. */
export async function resolve(name: string): Promise<readonly string[]> {
  if (name === 'dual.example.net') return ['2001:db8::20', '10.0.0.20']
  if (name.endsWith('.example.net')) return ['10.0.0.20']
  throw new Error(`${name} not found`)
}

/** Parses without asking any resolver. */
export function parse(text: string, file = 'cluster.yaml'): Promise<ClusterFileResult> {
  return parseClusterFile(text, { file, resolve, kinds: KINDS })
}

/** The cluster of a file that must be good. */
export async function clusterOf(text: string): Promise<Cluster> {
  const result = await parse(text)
  if (!result.ok) throw new Error(result.errors.map(formatFinding).join('\n'))
  return result.cluster
}

/** The one service of a file that must be good. */
export async function serviceOf(text: string): Promise<VirtualService> {
  const [service] = (await clusterOf(text)).virtualServices
  if (service === undefined) throw new Error('no service')
  return service
}

/** What is wrong with a file, as people see it. */
export async function errorsOf(text: string): Promise<readonly string[]> {
  const result = await parse(text)
  return result.ok ? [] : result.errors.map(formatFinding)
}

/** A file with one service of two real servers; `keys` are lines of the service. */
export function fileWith(
  keys: string,
  address = '192.0.2.10:80/tcp',
  servers = '{ web1 }',
): string {
  const lines = keys.split('\n').map((line) => `    ${line}`)
  return `cluster: shop
realServers:
  web1: 10.0.0.11
  web2: 10.0.0.12
  six: 2001:db8::11
virtualServices:
  web:
    address: ${address}
${lines.join('\n')}
    realServers: ${servers}
`
}
