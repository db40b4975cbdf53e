import { readFile } from 'node:fs/promises'
import { formatFinding } from '../cluster-file/finding.ts'
import { type ClusterFileResult, parseClusterFile } from '../cluster-file/parse-cluster-file.ts'
import { ServiceError } from '../runtime/service-error.ts'

/** A cluster file without errors, and its text. */
export interface ReadClusterFile {
  readonly text: string
  readonly result: Extract<ClusterFileResult, { ok: true }>
}

/**
 * Reads a cluster file at a start; throws a `ServiceError`: `cluster-file.unreadable`,
 * `cluster-file.invalid` with every error of the file.
 */
export async function readClusterFile(file: string): Promise<ReadClusterFile> {
  const text = await readClusterText(file)
  const result = await parseClusterFile(text, { file })
  if (result.ok) return { text, result }
  throw new ServiceError('cluster-file.invalid', result.errors.map(formatFinding).join('\n'))
}

/** Its text, unchecked; throws a `ServiceError` `cluster-file.unreadable`. */
export async function readClusterText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot read the cluster file: ${reason}`
    throw new ServiceError('cluster-file.unreadable', message, { cause: error })
  }
}
