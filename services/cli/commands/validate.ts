import { clusterFileJsonSchema } from '../../shared/cluster-file/cluster-file-json-schema.ts'
import {
  type ClusterFileResult,
  parseClusterFile,
} from '../../shared/cluster-file/parse-cluster-file.ts'
import type { Cluster } from '../../shared/domain/virtual-service.ts'
import { printJson, printLines } from '../cli-context.ts'
import type { CliIo } from '../cli-io.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { count, findingLine } from '../findings.ts'
import { readClusterFile } from '../read-cluster-file.ts'
import type { Style } from '../style.ts'

/** How to show what was found. */
export interface ValidateOptions {
  readonly io: CliIo
  readonly style: Style
  readonly json: boolean
}

/** `lvsctl validate FILE`: reads a cluster file here, without a daemon; `-` is standard input. */
export async function runValidate(how: ValidateOptions, file: string): Promise<ExitCode> {
  const text = await readClusterFile(how.io, file)
  const result = await parseClusterFile(text, { file })
  show(how, file, result.ok ? { ...result, advice: [] } : result)
  return result.ok ? EXIT.ok : EXIT.no
}

/** `lvsctl lint FILE`: the same with advice; a warning is a no here, for pipelines. */
export async function runLint(how: ValidateOptions, file: string): Promise<ExitCode> {
  const text = await readClusterFile(how.io, file)
  const result = await parseClusterFile(text, { file })
  show(how, file, result)
  return result.ok && result.warnings.length === 0 ? EXIT.ok : EXIT.no
}

/** `lvsctl validate --schema`: the JSON Schema of the cluster file, for editors. */
export function runValidateSchema(io: CliIo): ExitCode {
  printJson(io, clusterFileJsonSchema())
  return EXIT.ok
}

function show({ io, style, json }: ValidateOptions, file: string, result: ClusterFileResult): void {
  const errors = result.ok ? [] : result.errors
  const advice = result.ok ? result.advice : []
  const findings = [...errors, ...result.warnings, ...advice].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  )
  if (json) {
    printJson(io, { ok: result.ok, file, findings })
    return
  }
  const warnings = result.warnings.length === 0 ? [] : [count(result.warnings.length, 'warning')]
  const pieces = advice.length === 0 ? [] : [`${advice.length} of advice`]
  const summary = result.ok
    ? `${style.good('ok')}: ${[...sizeOf(result.cluster), ...warnings, ...pieces].join(', ')}`
    : `${style.bad('not valid')}: ${[count(errors.length, 'error'), ...warnings].join(', ')}`
  const lines = findings.map((finding) => findingLine(finding, style))
  printLines(io, [...lines, `${file}: ${summary}`])
}

/** Real servers are hosts, checks are probes: what is shared by services counts once. */
function sizeOf({ virtualServices }: Cluster): string[] {
  const servers = virtualServices.flatMap(({ realServers }) => realServers)
  const probes = servers.flatMap(({ checks }) => checks.map(({ probe }) => probe))
  return [
    count(virtualServices.length, 'virtual service'),
    count(new Set(servers.map(({ name }) => name)).size, 'real server'),
    count(new Set(probes).size, 'check'),
  ]
}
