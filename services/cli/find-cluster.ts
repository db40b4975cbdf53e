import { formatFinding } from '../shared/cluster-file/finding.ts'
import { parseClusterFile } from '../shared/cluster-file/parse-cluster-file.ts'
import type { Cluster } from '../shared/domain/virtual-service.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliContext } from './cli-context.ts'
import { readClusterFile } from './read-cluster-file.ts'

/** What is known of the cluster. */
export interface FoundCluster {
  readonly cluster?: Cluster
  /** Why there is none. */
  readonly problem?: string
  /** Whether a daemon answered; absent when it was not asked. */
  readonly daemon?: { readonly isThere: boolean; readonly evidence: string }
}

/**
 * The cluster of a file, or the one that the daemon has in force. Throws a `ServiceError` for a
 * file that cannot be read or has errors; a daemon that is not there is no error.
 */
export async function findCluster(
  context: CliContext,
  file: string | undefined,
): Promise<FoundCluster> {
  if (file !== undefined) {
    return { cluster: await parse(await readClusterFile(context.io, file), file) }
  }
  try {
    const { current } = await context.client.ask('revisions', {})
    const daemon = { isThere: true, evidence: `the monitor answers, revision ${current}` }
    if (current === 0) return { daemon, problem: 'the monitor has no cluster file yet' }
    const { text } = await context.client.ask('revision', { revision: current })
    return { daemon, cluster: await parse(text, `revision ${current}`) }
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'cli.usage') throw error
    const evidence = `no monitor answers: ${error.message}`
    const problem = 'no cluster file is known, so little can be looked at; say --cluster FILE'
    return { daemon: { isThere: false, evidence }, problem }
  }
}

async function parse(text: string, file: string): Promise<Cluster> {
  const result = await parseClusterFile(text, { file })
  if (result.ok) return result.cluster
  const [first] = result.errors
  const why = first === undefined ? 'it has errors' : formatFinding(first)
  throw new ServiceError('cli.usage', `lvsctl validate tells more: ${why}`)
}
