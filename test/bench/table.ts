import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ipvsadmRule } from '../../services/shared/adapters/ipvsadm/ipvsadm-rule.ts'
import { compile } from '../lab/harness/compile.ts'
import { createLab, type Lab } from '../lab/harness/lab.ts'
import { labObstacle } from '../lab/harness/lab-obstacle.ts'
import type { Bench, Measure } from './bench.ts'
import { benchChanges, benchEdit } from './guest/table-changes.ts'
import type { TableTimes } from './guest/table-times.ts'
import { median } from './median.ts'

const ROUNDS = 3
const EDITS = 20

/** The kernel adapter against ipvsadm, both inside a lab director. */
export const bench: Bench = {
  name: 'table',
  summary: 'a table of 10,000 real servers in a lab director, over netlink and by ipvsadm',
  async run() {
    const obstacle = labObstacle()
    if (obstacle !== undefined) throw new Error(obstacle)
    const compiled = await compile('test/bench/guest/tsconfig.json')
    const lab = await createLab({ memory: '1024M' })
    try {
      return await measureIn(lab, compiled.pathOf('test/bench/guest/table-times.ts'))
    } finally {
      await lab.close()
      compiled.dispose()
    }
  },
}

async function measureIn(lab: Lab, script: string): Promise<readonly Measure[]> {
  await lab.director('lb1', 1)
  const rules = join(lab.folder, 'rules')
  const lines = benchChanges().map((change) => `${ipvsadmRule(change).join(' ')}\n`)
  writeFileSync(rules, lines.join(''))
  const filling: number[] = []
  const editing: number[] = []
  const kernel: TableTimes[] = []
  // In turns, so that whatever else the machine does meets both.
  for (let round = 0; round < ROUNDS; round++) {
    filling.push(await timeRestore(lab, rules))
    editing.push(await timeEdits(lab))
    kernel.push(await timeKernel(lab, script))
  }
  return measures(filling, editing, kernel)
}

function measures(
  filling: readonly number[],
  editing: readonly number[],
  kernel: readonly TableTimes[],
): readonly Measure[] {
  const restoreMs = median(filling)
  const editMs = median(editing)
  const fillMs = median(kernel.map((times) => times.fillMs))
  const oneMs = median(kernel.map((times) => times.editMs))
  const [restore, edit] = ['ipvsadm -R, 10,000 rules', 'ipvsadm -e, one weight'] as const
  return [
    { what: restore, value: restoreMs, unit: 'ms' },
    {
      what: '10,000 real servers into an empty table',
      ...against(fillMs, restoreMs, restore, 0.25, 'at most a quarter'),
    },
    { what: edit, value: editMs, unit: 'ms' },
    { what: 'one weight', ...against(oneMs, editMs, edit, 0.1, 'at most a tenth') },
    {
      what: 'the whole table read, with counters',
      value: median(kernel.map((times) => times.readMs)),
      unit: 'ms',
    },
    {
      what: 'an unchanged table planned',
      value: median(kernel.map((times) => times.planMs)),
      unit: 'ms',
    },
  ]
}

function against(
  value: number,
  other: number,
  ratioTo: string,
  most: number,
  goal: string,
): Omit<Measure, 'what'> {
  const ratio = value / other
  return { value, unit: 'ms', ratioTo, ratio, goal, met: ratio <= most }
}

/** Milliseconds of `ipvsadm -R` into an empty table, as the guest itself sees them. */
async function timeRestore(lab: Lab, rules: string): Promise<number> {
  await lab.must('lb1', ['ipvsadm', '-C'])
  return timed(lab, `ipvsadm -R <${rules}`)
}

/**
 * Milliseconds of one `ipvsadm -e`, started by a small shell: a big parent would make it dearer.
 */
async function timeEdits(lab: Lab): Promise<number> {
  const edit = `ipvsadm ${ipvsadmRule(benchEdit(5)).join(' ')}`
  return (await timed(lab, `for i in $(seq ${EDITS}); do ${edit}; done`)) / EDITS
}

async function timed(lab: Lab, command: string): Promise<number> {
  const script = `a=$EPOCHREALTIME; ${command}; b=$EPOCHREALTIME; echo $(( \${b/./} - \${a/./} ))`
  const printed = await lab.must('lb1', ['bash', '-c', script], { timeoutMs: 300_000 })
  return Number(printed) / 1000
}

async function timeKernel(lab: Lab, script: string): Promise<TableTimes> {
  const printed = await lab.must('lb1', [process.execPath, script], { timeoutMs: 300_000 })
  return JSON.parse(printed) as TableTimes
}
