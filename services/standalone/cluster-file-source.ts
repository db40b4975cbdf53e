import { openRevisionDesk, type RevisionDeskPorts } from '../console/revision-desk.ts'
import { formatFinding } from '../shared/cluster-file/finding.ts'
import { openRevisionStore } from '../shared/coordination/revision-store.ts'
import { readClusterFile, readClusterText } from '../shared/process/read-cluster-file.ts'
import { api, type Reloaded } from '../shared/wire/api.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { apiSubject, eventStream } from '../shared/wire/subjects.ts'

/** The cluster file of a standalone monitor: read at the start and again when asked. */
export interface ClusterFileSource {
  /** Name of the cluster; a reload may not change it. */
  readonly cluster: string
  /** Puts it in force, as a new revision if its text is new, and answers `reload`. */
  publish(): Promise<void>
  /** Reads the file again; with any error nothing changes. */
  reload(by: string): Promise<Reloaded>
  close(): void
}

/**
 * Reads the cluster file; throws a `ServiceError`: `cluster-file.invalid` that lists every error,
 * `cluster-file.unreadable`.
 */
export async function openClusterFile(
  file: string,
  ports: RevisionDeskPorts,
): Promise<ClusterFileSource> {
  const { bus, clock, logger } = ports
  const first = await readClusterFile(file)
  const cluster = first.result.cluster.name
  let close = () => {}

  async function reload(by: string): Promise<Reloaded> {
    const desk = await openRevisionDesk(cluster, ports)
    let text: string
    try {
      text = await readClusterText(file)
    } catch (error) {
      return refuseUnreadable(error instanceof Error ? error.message : String(error), by)
    }
    const { applied, findings } = await desk.apply({ file, text, by, reason: '' })
    return { applied, file, findings }
  }

  async function refuseUnreadable(why: string, by: string): Promise<Reloaded> {
    const message = `cluster file refused, nothing changed: ${why}`
    logger.warn({ by, to: 'refused' }, message)
    const log = await bus.log(eventStream(cluster))
    const event = { at: clock.now(), type: 'cluster-file', by, to: 'refused', message } as const
    await log.append(logEventMessage.encode(event))
    const place = { file, line: 1, column: 1, path: '' }
    const finding = { severity: 'error', rule: 'unreadable-file', ...place, message: why } as const
    return { applied: false, file, findings: [finding] }
  }

  return {
    cluster,
    reload,
    async publish() {
      const { text, result } = first
      for (const warning of result.warnings)
        logger.warn({ rule: warning.rule }, formatFinding(warning))
      const store = await openRevisionStore(bus, cluster)
      const meaning = { file, text, cluster: result.cluster }
      const draft = { ...meaning, by: 'start', reason: '', at: clock.now() }
      await store.put(draft, await store.current())
      close = bus.reply(apiSubject(cluster, 'reload'), async (payload) =>
        api.reload.response.encode(await reload(api.reload.request.decode(payload).by)),
      )
    },
    close: () => close(),
  }
}
