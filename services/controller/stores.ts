import type { EventLog, KeyValue } from '../shared/ports/bus.ts'
import { bucketName, eventStream } from '../shared/wire/subjects.ts'
import { AlertBoard } from './alert-board.ts'
import { EventRecorder } from './event-recorder.ts'
import { WindowKeeper } from './maintenance/window-keeper.ts'
import { OverrideStore } from './override-store.ts'
import type { ControllerConfig, ControllerPorts } from './shell.ts'

/** What a controller reads and, while it leads, writes. */
export interface Stores {
  readonly overrides: OverrideStore
  readonly board: AlertBoard
  readonly log: EventLog
  readonly recorder: EventRecorder
  readonly windows: WindowKeeper
  /** Revisions of the cluster file; only read. */
  readonly revisions: KeyValue
}

/** Opens them; writes go through only where `mayWrite` says so at that moment. */
export async function openStores(
  { cluster }: ControllerConfig,
  { bus, logger }: ControllerPorts,
  mayWrite: () => boolean,
): Promise<Stores> {
  const log = await bus.log(eventStream(cluster))
  return {
    overrides: new OverrideStore(await bus.keyValue(bucketName(cluster, 'overrides')), mayWrite),
    board: new AlertBoard(await bus.keyValue(bucketName(cluster, 'alerts')), mayWrite),
    log,
    recorder: new EventRecorder(log, logger, mayWrite),
    windows: new WindowKeeper(await bus.keyValue(bucketName(cluster, 'windows')), logger),
    revisions: await bus.keyValue(bucketName(cluster, 'cluster-file')),
  }
}
