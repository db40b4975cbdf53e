import type { Measure } from './bench.ts'
import { median } from './median.ts'

const ROUNDS = 7
const RUNS = 1000
const IN_FLIGHT = 32

/** Two ways to the same end. */
export interface Comparison {
  readonly what: string
  readonly ours: () => Promise<void>
  readonly bare: () => Promise<void>
  /** Name of the bare one. */
  readonly to: string
  /** Largest ratio that meets the goal. */
  readonly most: number
}

/** CPU of this process for one run of each, by turns, so that other load hits both alike. */
export async function compare({ what, ours, bare, to, most }: Comparison): Promise<Measure> {
  await cpuOf(ours)
  await cpuOf(bare)
  const rounds: { readonly ours: number; readonly bare: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ ours: await cpuOf(ours), bare: await cpuOf(bare) })
  }
  const ratio = median(rounds.map((round) => round.ours / round.bare))
  return {
    what,
    value: median(rounds.map((round) => round.ours)),
    unit: 'us CPU per check',
    ratioTo: to,
    ratio,
    goal: `at most ${most}`,
    met: ratio <= most,
  }
}

/** Keeps so many runs under way until this many are done. */
export async function runMany(
  run: () => Promise<void>,
  runs: number,
  inFlight: number,
): Promise<void> {
  let left = runs
  async function worker(): Promise<void> {
    while (left > 0) {
      left -= 1
      await run()
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

/** Microseconds of one run, user and system. */
async function cpuOf(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await runMany(run, RUNS, IN_FLIGHT)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / RUNS
}
