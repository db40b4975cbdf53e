import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliIo } from '../../cli/cli-io.ts'
import { createProcessIo } from '../../cli/process-io.ts'
import { plainStyle, styleFor } from '../../cli/style.ts'
import { statusLines } from '../../cli/views/status-view.ts'
import { watchScreen } from '../../cli/watch-screen.ts'
import { createMemoryBus } from '../../shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../../shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../shared/adapters/memory-table.ts'
import { channelOpener } from '../../shared/adapters/notifiers/channel-opener.ts'
import { openHistory } from '../../shared/adapters/open-history.ts'
import { createSystemClock } from '../../shared/adapters/system-clock.ts'
import { parseDuration } from '../../shared/domain/duration.ts'
import type { LogEvent } from '../../shared/domain/log-event.ts'
import type { Bus } from '../../shared/ports/bus.ts'
import { defaultPaths } from '../../shared/runtime/default-paths.ts'
import { type HistoryFlags, readHistorySettings } from '../../shared/runtime/history-settings.ts'
import { silentLogger } from '../../shared/runtime/logger.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { api } from '../../shared/wire/api.ts'
import { logEventMessage } from '../../shared/wire/log-event-message.ts'
import type { Status } from '../../shared/wire/status.ts'
import { apiSubject, eventStream } from '../../shared/wire/subjects.ts'
import { createStandalone } from '../compose.ts'
import { startDemoCluster } from './demo-cluster.ts'
import { type DemoScene, demoLines, eventLine, hints } from './demo-view.ts'
import { startMishaps } from './mishaps.ts'

const CLUSTER = 'demo'
const REDRAW_MS = 500
const EVENTS_SHOWN = 8
/** The longest that a timer of Node can wait. */
const FOR_EVER_MS = 2 ** 31 - 1

/** The command line of `lvs-warden demo`. */
export interface DemoOptions extends HistoryFlags {
  readonly socket: string
  readonly for?: string
  readonly plain: boolean
}

/** Runs the demo until Ctrl-C, `q` or the end of its time; leaves nothing behind. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const io = endingAfter(durationOf(options.for), createProcessIo())
  const dir = await mkdtemp(join(tmpdir(), 'lvs-warden-demo-'))
  const demo = await startDemoCluster()
  const clusterFile = join(dir, 'cluster.yaml')
  await writeFile(clusterFile, demo.text)
  const clock = createSystemClock()
  const stateDir = join(dir, 'state')
  const bus = createMemoryBus({ stateDir, clock })
  const settings = readHistorySettings(options)
  const history = await openHistory(settings, { stateDir, clock, logger: silentLogger })
  const standalone = createStandalone(
    { clusterFile, socketPath: options.socket, name: 'demo', clearOnExit: false },
    {
      ...{ bus, clock, history, logger: silentLogger },
      table: createMemoryTable(),
      sysctls: createMemorySysctlStore(),
      openChannel: channelOpener(clock),
    },
  )
  let story = { at: io.now(), text: 'every real server is well' }
  let tell = (_line: string) => {}
  let stopMishaps = () => {}
  try {
    await standalone.start()
    stopMishaps = startMishaps(demo.servers, (text) => {
      story = { at: io.now(), text }
      tell(text)
    })
    const socketFlag =
      options.socket === defaultPaths().socketPath ? '' : ` --socket ${options.socket}`
    const scene = async () => ({
      status: await statusOf(bus),
      events: await eventsOf(bus),
      story,
      socketFlag,
    })
    if (io.terminal === undefined || options.plain) {
      tell = (line) => io.out(`--- ${line}\n`)
      await printPlainly(io, bus, scene)
    } else await showLive(io, io.terminal, scene)
  } finally {
    stopMishaps()
    await standalone.stop()
    await demo.close()
    await rm(dir, { recursive: true, force: true })
  }
}

function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const forMs = parseDuration(text)
  if (forMs !== undefined && forMs > 0) return forMs
  throw new ServiceError('cli.usage', `--for: want a duration such as 30s or 5m, got "${text}"`)
}

/** The end of the time asked for is as good as Ctrl-C. */
function endingAfter(forMs: number | undefined, io: CliIo): CliIo {
  if (forMs === undefined) return io
  return {
    ...io,
    onInterrupt(handler) {
      const timer = setTimeout(handler, forMs)
      const release = io.onInterrupt(handler)
      return () => {
        clearTimeout(timer)
        release()
      }
    },
  }
}

async function showLive(
  io: CliIo,
  terminal: NonNullable<CliIo['terminal']>,
  scene: () => Promise<DemoScene>,
): Promise<void> {
  const style = styleFor(io)
  const draw = async () => demoLines(await scene(), style, terminal.columns())
  const first = await draw()
  await watchScreen({ io, terminal, draw, first, everyMs: REDRAW_MS })
}

/** On anything but a terminal: every transition as a line when it comes. */
async function printPlainly(io: CliIo, bus: Bus, scene: () => Promise<DemoScene>): Promise<void> {
  const stop = new AbortController()
  const release = io.onInterrupt(() => stop.abort())
  const log = await bus.log(eventStream(CLUSTER))
  for (const event of await eventsOf(bus)) io.out(`${eventLine(event)}\n`)
  const unfollow = log.follow(({ payload }) => {
    io.out(`${eventLine(logEventMessage.decode(payload))}\n`)
  })
  try {
    const { socketFlag } = await scene()
    io.out(`try in another terminal:\n${hints(socketFlag).join('\n')}\n`)
    await io.sleep(FOR_EVER_MS, stop.signal)
    const { status } = await scene()
    const view = { style: plainStyle, width: Number.POSITIVE_INFINITY }
    io.out(`${statusLines(status, view).join('\n')}\n`)
  } finally {
    unfollow()
    release()
  }
}

async function statusOf(bus: Bus): Promise<Status> {
  const answer = await bus.request(
    apiSubject(CLUSTER, 'status'),
    api.status.request.encode({}),
    5000,
  )
  return api.status.response.decode(answer)
}

async function eventsOf(bus: Bus): Promise<readonly LogEvent[]> {
  const log = await bus.log(eventStream(CLUSTER))
  return (await log.tail(EVENTS_SHOWN)).map(({ payload }) => logEventMessage.decode(payload))
}
