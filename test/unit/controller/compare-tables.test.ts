import { describe, expect, test } from 'vitest'
import {
  compareTables,
  mergeSteps,
  type TableStep,
} from '../../../services/controller/core/plan/compare-tables.ts'
import type { TableService } from '../../../services/shared/domain/table.ts'
import { countTable } from '../../support/cluster-builder.ts'

/** Weights by host; scheduler. */
function service(weights: Readonly<Record<string, number>>, scheduler = 'wlc'): TableService {
  return {
    address: { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10', port: 80 },
    scheduler,
    schedulerFlags: [],
    onePacket: false,
    servers: Object.entries(weights).map(([address, weight]) => ({
      ...{ address, port: 80, forwarding: 'direct-route' as const, weight },
      ...{ upperThreshold: 0, lowerThreshold: 0 },
    })),
  }
}

function said(steps: readonly TableStep[]): readonly string[] {
  return steps.map(({ act, row, by, fields }) => {
    const [field] = fields
    const values = `${field?.kernel}/${field?.applied ?? '?'}/${field?.desired}`
    return `${act} ${row ?? 'service'} ${values} ${by}`
  })
}

type Weights = Readonly<Record<string, number>> | undefined

/** Desired by the file, last applied, in the kernel: of one service, each or none. */
function compare(desired: Weights, applied: Weights, kernel: Weights): readonly string[] {
  const table = (weights: Weights) => (weights === undefined ? [] : [service(weights)])
  const tables = { desired: table(desired), applied: table(applied) }
  return said(compareTables({ director: 'lb1', ...tables, kernel: countTable(table(kernel)) }))
}

describe('three tables', () => {
  test.each<[string, Weights, Weights, Weights, readonly string[]]>([
    ['all the same', { a: 1 }, { a: 1 }, { a: 1 }, []],
    ['another weight by the file', { a: 2 }, { a: 1 }, { a: 1 }, ['change-server a:80 1/1/2 file']],
    ['changed by hand', { a: 1 }, { a: 1 }, { a: 9 }, ['change-server a:80 9/1/1 repair']],
    ['changed by both', { a: 2 }, { a: 1 }, { a: 9 }, ['change-server a:80 9/1/2 file']],
    ['by hand, as the file wants it', { a: 9 }, { a: 1 }, { a: 9 }, []],
    ['removed by hand', { a: 1 }, { a: 1 }, {}, ['add-server a:80 none/1/1 repair']],
    [
      'added by hand',
      { a: 1 },
      { a: 1 },
      { a: 1, b: 1 },
      ['remove-server b:80 1/none/none repair'],
    ],
    ['new in the file', { a: 1, b: 2 }, { a: 1 }, { a: 1 }, ['add-server b:80 none/none/2 file']],
    ['gone from the file', {}, { a: 1 }, { a: 1 }, ['remove-server a:80 1/1/none file']],
    [
      'a service that is new',
      { a: 1 },
      undefined,
      undefined,
      ['add-service service none/?/wlc file', 'add-server a:80 none/?/1 file'],
    ],
    ['a service of others that the file takes over', { a: 1 }, undefined, { a: 1 }, []],
    [
      'a service that goes',
      undefined,
      { a: 1 },
      { a: 1 },
      ['remove-service service wlc/?/none file'],
    ],
    ['a service of others', undefined, undefined, { a: 1 }, []],
    [
      'a service removed by hand',
      { a: 1 },
      { a: 1 },
      undefined,
      ['add-service service none/wlc/wlc repair', 'add-server a:80 none/1/1 repair'],
    ],
  ])('%s', (_, desired, applied, kernel, steps) => {
    expect(compare(desired, applied, kernel)).toEqual(steps)
  })

  test('of a scheduler', () => {
    const applied = [service({ a: 1 })]
    const kernel = countTable(applied)
    const other = { director: 'lb1', desired: [service({ a: 1 }, 'rr')], applied, kernel }
    expect(said(compareTables(other))).toEqual(['change-service service wlc/wlc/rr file'])
  })
})

describe('equal steps of several directors', () => {
  const stepsOf = (director: string, weight: number, active: number) =>
    compareTables({
      director,
      desired: [service({ a: 5 })],
      applied: [service({ a: weight })],
      kernel: countTable([service({ a: weight })], () => ({ active, inactive: 1, persistent: 0 })),
    })

  test('are one, with the connections of all', () => {
    const merged = mergeSteps([...stepsOf('lb1', 1, 3), ...stepsOf('lb2', 1, 4)])
    expect(merged).toMatchObject([
      { directors: ['lb1', 'lb2'], connections: { active: 7, inactive: 2, persistent: 0 } },
    ])
  })

  test('are not one when what is there differs', () => {
    expect(mergeSteps([...stepsOf('lb1', 1, 3), ...stepsOf('lb2', 2, 4)])).toHaveLength(2)
  })
})
