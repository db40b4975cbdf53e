import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Due, DueHeap } from '../../../../services/prober/core/due-heap.ts'

describe('the heap of due times', () => {
  test('gives the earliest first, whatever was put, moved and removed before', () => {
    const step = fc.record({
      item: fc.nat(15),
      dueMs: fc.integer({ min: 0, max: 50 }),
      out: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const items: Due[] = Array.from({ length: 16 }, () => ({ dueMs: 0, slot: -1 }))
        const heap = new DueHeap<Due>()
        const inside = new Set<Due>()
        for (const { item, dueMs, out } of steps) {
          const one = items[item] ?? { dueMs: 0, slot: -1 }
          if (out) heap.remove(one)
          else heap.put(one, dueMs)
          if (out) inside.delete(one)
          else inside.add(one)
          expect(heap.earliest?.dueMs ?? -1).toBe(
            inside.size === 0 ? -1 : Math.min(...[...inside].map((due) => due.dueMs)),
          )
        }
        const order: number[] = []
        for (let next = heap.earliest; next !== undefined; next = heap.earliest) {
          order.push(next.dueMs)
          heap.remove(next)
        }
        expect(order).toEqual([...inside].map((due) => due.dueMs).sort((a, b) => a - b))
      }),
    )
  })
})
