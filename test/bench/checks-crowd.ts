import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Certificates } from '../support/certificates.ts'
import type { Measure } from './bench.ts'
import { checkRun, type Peers, startPeers } from './checks-client.ts'

const IN_FLIGHT = 5000
/** Answers come so late in the mean, so each check is under way for some seconds. */
const ANSWER_MS = 5000
const MEASURED_MS = 10_000
const MOST_DELAY_MS = 20
const NS_PER_MS = 1e6

/** 5,000 checks of mixed kinds under way all the time, and how late the event loop is meanwhile. */
export async function measureCrowd(certificates: Certificates): Promise<readonly Measure[]> {
  const peers = await startPeers(certificates, ANSWER_MS)
  try {
    return await crowd(peers, certificates.ca)
  } finally {
    await peers.stop()
  }
}

async function crowd({ ports }: Peers, ca: string): Promise<readonly Measure[]> {
  const kinds = [
    checkRun('http', ports.http, { expect: { body: 'ready' } }),
    checkRun('http', ports.http),
    checkRun('smtp', ports.smtp),
    checkRun('pop3', ports.pop3),
    checkRun('redis', ports.redis),
    checkRun('udp', ports.udp, { send: 'x', minReply: 1 }),
    checkRun('https', ports.https, { ca }),
    checkRun('http', ports.http),
  ]
  let isOver = false
  let done = 0
  let underWay = 0
  let least = Number.POSITIVE_INFINITY
  async function slot(index: number): Promise<void> {
    await wait((index / IN_FLIGHT) * ANSWER_MS)
    const run = kinds[index % kinds.length] ?? (() => Promise.resolve())
    while (!isOver) {
      underWay += 1
      await run()
      underWay -= 1
      done += 1
    }
  }
  const running = Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => slot(index)))
  running.catch(() => undefined)
  await wait(2 * ANSWER_MS)
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  const watch = setInterval(() => {
    least = Math.min(least, underWay)
  }, 100)
  const [doneBefore, cpuBefore] = [done, process.cpuUsage()]
  await wait(MEASURED_MS)
  const { user, system } = process.cpuUsage(cpuBefore)
  histogram.disable()
  clearInterval(watch)
  const checks = done - doneBefore
  isOver = true
  await running
  const p99 = histogram.percentile(99) / NS_PER_MS
  return [
    {
      what: `event loop's delay (p99), ${least.toLocaleString('en')} or more checks in flight`,
      value: p99,
      unit: 'ms',
      goal: `under ${MOST_DELAY_MS}`,
      met: p99 < MOST_DELAY_MS && least >= IN_FLIGHT * 0.99,
    },
    { what: 'the same', value: (user + system) / checks, unit: 'us CPU per check' },
    { what: 'the same', value: checks / (MEASURED_MS / 1000), unit: 'checks a second' },
  ]
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
