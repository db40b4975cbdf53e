// The prober of the built program, alone in a process, so that its CPU time is its own.
// Arguments: port, probes, interval in ms, warm-up in ms, measured time in ms. Prints one line of JSON.
import { checkOf } from '../../dist/probes/registry.js'
import { createProber } from '../../dist/services/prober/prober.js'
import { createMemoryBus } from '../../dist/services/shared/adapters/memory-bus.js'
import { createSystemClock } from '../../dist/services/shared/adapters/system-clock.js'
import { decodeObservations } from '../../dist/services/shared/wire/observation-frame.js'

const [port, probes, intervalMs, warmUpMs, measuredMs] = process.argv.slice(2).map(Number)
const bus = createMemoryBus()
const clock = createSystemClock()
const prober = createProber({ name: 'bench', vantage: 'here', cluster: 'bench' }, { bus, clock })
const options = checkOf('http').options.parse({ path: '/health' })

prober.setProbes(
  Array.from({ length: probes }, (_, index) => ({
    label: 'http',
    probe: `http/10.${index >> 16}.${(index >> 8) & 255}.${index & 255}:80`,
    kind: 'http',
    target: { address: '127.0.0.1', family: 4, port },
    options,
    intervalMs,
    fastIntervalMs: intervalMs,
    timeoutMs: 1000,
    jitter: 0.1,
    rise: 2,
    fall: 3,
    tripwire: false,
  })),
)
await prober.start()
await wait(warmUpMs)

const frames = []
bus.subscribe('lvs.bench.observations.*', (payload) => frames.push(payload))
const cpuBefore = process.cpuUsage()
const startedAt = performance.now()
await wait(measuredMs)
const { user, system } = process.cpuUsage(cpuBefore)
const elapsedMs = performance.now() - startedAt
await prober.stop()

const seen = frames.flatMap((frame) => decodeObservations(frame).observations)
const passed = seen.filter(({ outcome }) => outcome.outcome === 'pass').length
const report = {
  checks: seen.length,
  passed,
  cpuUs: user + system,
  elapsedMs,
  frames: frames.length,
}
process.stdout.write(`${JSON.stringify(report)}\n`)

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
