import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Measure } from './bench.ts'
import { checkRun } from './checks-client.ts'
import { runMany } from './checks-cost.ts'
import { median } from './median.ts'

const ECHOES = 20_000
const ROUNDS = 5
const IN_FLIGHT = 128
const FPING_ADDRESSES = 50
const FPING_COUNT = 100
const LEAST_PER_CPU_S = 50_000
const MOST_OF_FPING = 2

/** CPU of echoes on one socket a family, beside fping's. */
export async function measureEchoes(): Promise<readonly Measure[]> {
  const [four, six] = [await measureFamily(4), await measureFamily(6)]
  return [...four, ...six]
}

async function measureFamily(family: 4 | 6): Promise<readonly Measure[]> {
  const address = family === 4 ? '127.0.0.1' : '::1'
  const run = checkRun('icmp', 0, {}, address)
  await runMany(run, ECHOES, IN_FLIGHT)
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    await runMany(run, ECHOES, IN_FLIGHT)
    const { user, system } = process.cpuUsage(before)
    ours.push((user + system) / ECHOES)
    theirs.push(await fping(family))
  }
  const us = median(ours)
  const ratio = median(ours.map((value, at) => value / (theirs[at] ?? Number.NaN)))
  return [
    {
      what: `icmp over IPv${family}`,
      value: 1e6 / us,
      unit: 'echoes a CPU-second',
      goal: `at least ${LEAST_PER_CPU_S.toLocaleString('en')}`,
      met: 1e6 / us >= LEAST_PER_CPU_S,
    },
    {
      what: `icmp over IPv${family}`,
      value: us,
      unit: 'us CPU per echo',
      ratioTo: 'fping',
      ratio,
      goal: `at most ${MOST_OF_FPING}`,
      met: ratio <= MOST_OF_FPING,
    },
  ]
}

/** Microseconds of one of fping's echoes; bash times its child, as Node knows only its own time. */
async function fping(family: 4 | 6): Promise<number> {
  const addresses = Array.from({ length: FPING_ADDRESSES }, (_, index) =>
    family === 4 ? `127.0.0.${index + 1}` : '::1',
  )
  const command = `fping -q -c ${FPING_COUNT} -i 0.01 -p 10 ${addresses.join(' ')}`
  const child = spawn('bash', ['-c', `TIMEFORMAT='%U %S'; time ${command} >/dev/null 2>&1`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr.on('data', (bytes) => {
    text += bytes
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`fping ended with ${code}; install fping`)
  const [user = Number.NaN, system = Number.NaN] = text.trim().split(/\s+/).map(Number)
  return ((user + system) * 1e6) / (FPING_ADDRESSES * FPING_COUNT)
}
