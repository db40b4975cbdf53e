import { checks } from '../../../probes/registry.ts'
import type { Sysctls } from '../domain/sysctl.ts'
import type { Cluster } from '../domain/virtual-service.ts'
import type { CheckKinds } from './check-schema.ts'
import { fileJsonSchema } from './cluster-file-json-schema.ts'
import { draftServices } from './draft-file.ts'
import { draftVantages } from './draft-vantages.ts'
import { fileSchema, incompleteFileSchema, type WrittenFile } from './file-schema.ts'
import type { Finding, Path } from './finding.ts'
import { createFindingList, type FindingList } from './finding-list.ts'
import { createHostBook } from './host-book.ts'
import { prune } from './prune.ts'
import { resolveAlerting } from './resolve-alerting.ts'
import { resolveDirectors, warnOfIdleDirectors } from './resolve-directors.ts'
import { hostNames, resolveFile } from './resolve-file.ts'
import { type ResolveName, resolveHosts, systemResolve } from './resolve-hosts.ts'
import type { ResolveContext } from './resolve-server.ts'
import { resolveVantages } from './resolve-vantages.ts'
import { resolveWindows } from './resolve-windows.ts'
import { schemaRemarks } from './schema-remarks.ts'
import type { WrittenSysctls } from './sysctl-settings.ts'
import { describeValue, isMapping, isObject } from './values.ts'
import { readYamlTree, type YamlTree } from './yaml-tree.ts'

/** A real server, its service's map, the service, the file: cutting climbs no further than this. */
const SALVAGE_ROUNDS = 6

/** A cluster ready to run, or everything that is wrong with its file. */
export type ClusterFileResult =
  | {
      readonly ok: true
      readonly cluster: Cluster
      readonly warnings: readonly Finding[]
      /** What is neither wrong nor a trap, but worth a thought. */
      readonly advice: readonly Finding[]
    }
  | {
      readonly ok: false
      readonly errors: readonly Finding[]
      readonly warnings: readonly Finding[]
    }

/** What surrounds the text of a cluster file. */
export interface ParseOptions {
  /** Name of the file, for findings. */
  readonly file: string
  /** Addresses of a host name, rejecting when there are none; the system's resolver when absent. */
  readonly resolve?: ResolveName
  /** The kinds of check; those of the registry when absent. */
  readonly kinds?: CheckKinds
}

/**
 * Reads a cluster file. Never throws for its content: all errors are returned at once, in file
 * order. Host names are resolved here and nowhere else, in bounded time.
 */
export async function parseClusterFile(
  text: string,
  { file, resolve = systemResolve, kinds = checks }: ParseOptions,
): Promise<ClusterFileResult> {
  const tree = readYamlTree(text)
  const findings = createFindingList(file, tree)
  const written = readFile(tree, findings)
  if (written === undefined) return refusal(findings)

  const drafts = draftServices(written, kinds, findings.error)
  const vantageDrafts = draftVantages(written, kinds, findings.error)
  const resolved = await resolveHosts(hostNames(written, drafts, vantageDrafts), resolve)
  const context: ResolveContext = {
    file: written,
    findings,
    hosts: createHostBook(resolved, findings),
    isGiven: (path) => isGivenAt(tree.value, path),
    membersOf(path) {
      const value = valueAt(tree.value, path)
      return isMapping(value) ? Object.keys(value) : []
    },
  }
  const vantages = resolveVantages(vantageDrafts, context)
  const directors = resolveDirectors(written, findings)
  const virtualServices = resolveFile(written, drafts, context)
  const windows = resolveWindows(written.maintenance ?? [], context)
  const alerting = resolveAlerting(written.alerting, context)
  if (findings.errors().length > 0) return refusal(findings)
  warnOfIdleDirectors(directors, virtualServices, findings)
  const isNamed = written.vantages !== undefined
  const { cluster: name, sysctls } = written
  const cluster: Cluster = {
    name,
    ...(isNamed && { vantages }),
    ...(directors !== undefined && { directors }),
    virtualServices,
    ...(windows.length > 0 && { maintenance: windows }),
    ...(alerting !== undefined && { alerting }),
    ...(sysctls !== undefined && { sysctls: wantedSysctls(sysctls) }),
  }
  return { ok: true, cluster, warnings: findings.warnings(), advice: findings.advice() }
}

/** A key without a value is not there at all. */
function wantedSysctls(written: WrittenSysctls): Sysctls {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined))
}

/** What can be read of the file; the rest is in the findings. `undefined` when nothing can. */
function readFile(tree: YamlTree, findings: FindingList): WrittenFile | undefined {
  for (const problem of tree.problems) findings.error(problem)
  if (findings.errors().length > 0) {
    const readable = tree.problems.every(({ rule }) => rule === 'duplicate-key')
    if (!readable) return undefined
  }
  if (!isMapping(tree.value)) {
    const message =
      'wanted a cluster file with the keys cluster, realServers and virtualServices, ' +
      `got ${describeValue(tree.value)}`
    findings.error({ path: [], rule: 'wrong-type', message })
    return undefined
  }
  const first = fileSchema.safeParse(tree.value)
  if (first.success) return first.data
  const parsed = { input: tree.value, jsonSchema: fileJsonSchema() }
  const remarks = schemaRemarks(first.error.issues, parsed)
  for (const remark of remarks) findings.error(remark)
  return salvage(
    tree.value,
    remarks.map(({ path }) => path),
  )
}

/**
 * Leaves out what is wrong, so that the rest is looked at, too; cutting may leave gaps that cut
 * more.
 */
function salvage(value: unknown, wrong: readonly Path[]): WrittenFile | undefined {
  const empty = { cluster: 'unnamed', realServers: {}, virtualServices: {} }
  let paths = wrong
  let tree: unknown = value
  for (let round = 0; round < SALVAGE_ROUNDS; round++) {
    const present = paths.filter((path) => isGivenAt(tree, path) || (round > 0 && path.length > 1))
    tree = { ...empty, ...Object(prune(tree, present)) }
    const read = incompleteFileSchema.safeParse(tree)
    if (read.success) return read.data
    const remarks = schemaRemarks(read.error.issues, { input: tree, jsonSchema: {} })
    paths = remarks.map(({ path }) => path)
  }
  return undefined
}

function isGivenAt(tree: unknown, path: Path): boolean {
  return valueAt(tree, path) !== undefined
}

function refusal(findings: FindingList): ClusterFileResult {
  return { ok: false, errors: findings.errors(), warnings: findings.warnings() }
}

function valueAt(tree: unknown, path: Path): unknown {
  let value = tree
  for (const part of path) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined
    value = value[part]
  }
  return value
}
