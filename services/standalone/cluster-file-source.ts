import { readFile } from 'node:fs/promises'
import { type Finding, formatFinding } from '../shared/cluster-file/finding.ts'
import {
  type ClusterFileResult,
  parseClusterFile,
} from '../shared/cluster-file/parse-cluster-file.ts'
import { openRevisionStore } from '../shared/coordination/revision-store.ts'
import type { LogEvent } from '../shared/domain/log-event.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api, type Reloaded } from '../shared/wire/api.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { apiSubject, eventStream } from '../shared/wire/subjects.ts'

/** The cluster file of a standalone monitor: read at the start and again when asked. */
export interface ClusterFileSource {
  /** Name of the cluster; a reload may not change it. */
  readonly cluster: string
  /** Puts the first revision on the bus and answers `reload`. */
  publish(): Promise<void>
  /** Reads the file again; with any error nothing changes. */
  reload(by: string): Promise<Reloaded>
  close(): void
}

interface SourcePorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Reads the cluster file; throws a `ServiceError` `cluster-file.invalid` that lists every error.
 */
export async function openClusterFile(
  file: string,
  ports: SourcePorts,
): Promise<ClusterFileSource> {
  const { bus, clock, logger } = ports
  const first = await load(file)
  if (!first.result.ok) {
    const lines = first.result.errors.map(formatFinding)
    throw new ServiceError('cluster-file.invalid', lines.join('\n'))
  }
  const cluster = first.result.cluster.name
  let close = () => {}

  async function put({ text, result }: Loaded, by: string): Promise<void> {
    if (!result.ok) return
    for (const warning of result.warnings)
      logger.warn({ rule: warning.rule }, formatFinding(warning))
    const store = await openRevisionStore(bus, cluster)
    const draft = { file, text, cluster: result.cluster, by, reason: '', at: clock.now() }
    await store.put(draft, await store.current())
  }

  async function record(event: Omit<LogEvent, 'at' | 'type'>): Promise<void> {
    const log = await bus.log(eventStream(cluster))
    await log.append(logEventMessage.encode({ at: clock.now(), type: 'cluster-file', ...event }))
    logger.info({ by: event.by }, event.message)
  }

  async function reload(by: string): Promise<Reloaded> {
    const loaded = await load(file)
    const findings = findingsOf(loaded.result, file, cluster)
    const errors = findings.filter(({ severity }) => severity === 'error')
    if (errors.length > 0) {
      const more = errors.length > 1 ? ` and ${errors.length - 1} more` : ''
      const why = errors.slice(0, 1).map(formatFinding).join('')
      await record({
        by,
        to: 'refused',
        message: `cluster file refused, nothing changed: ${why}${more}`,
      })
      return { applied: false, file, findings }
    }
    await put(loaded, by)
    await record({ by, to: 'applied', message: `cluster file ${file} read again` })
    return { applied: true, file, findings }
  }

  return {
    cluster,
    reload,
    async publish() {
      await put(first, 'start')
      close = bus.reply(apiSubject(cluster, 'reload'), async (payload) =>
        api.reload.response.encode(await reload(api.reload.request.decode(payload).by)),
      )
    },
    close: () => close(),
  }
}

interface Loaded {
  readonly text: string
  readonly result: ClusterFileResult
}

async function load(file: string): Promise<Loaded> {
  try {
    const text = await readFile(file, 'utf8')
    return { text, result: await parseClusterFile(text, { file }) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot read the cluster file: ${reason}`
    return { text: '', result: { ok: false, errors: [whole(file, message)], warnings: [] } }
  }
}

/** All that is to say of a newly read file, the change of the cluster's name included. */
function findingsOf(result: ClusterFileResult, file: string, cluster: string): Finding[] {
  if (!result.ok) return [...result.errors, ...result.warnings]
  if (result.cluster.name === cluster) return [...result.warnings]
  const { name } = result.cluster
  const message = `the cluster ${cluster} is now called ${name}: restart to change its name`
  return [{ ...whole(file, message), path: 'cluster', rule: 'renamed-cluster' }]
}

function whole(file: string, message: string): Finding {
  return { severity: 'error', rule: 'unreadable-file', file, line: 1, column: 1, path: '', message }
}
