import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Layer, Outcome } from '../../../probes/check.ts'
import type { ProbeId } from '../../../services/shared/domain/check-spec.ts'
import {
  decodeObservations,
  encodeObservations,
} from '../../../services/shared/wire/observation-frame.ts'

const layer = fc.constantFrom<Layer>('network', 'connect', 'tls', 'protocol', 'content', 'script')
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ outcome: fc.constant('pass' as const), detail: fc.string() }),
  fc.record({
    outcome: fc.constant('fail' as const),
    layer,
    code: fc.string(),
    detail: fc.string(),
  }),
  fc.record({
    outcome: fc.constant('degraded' as const),
    factor: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    code: fc.string(),
    detail: fc.string(),
  }),
  fc.record({
    outcome: fc.constant('inconclusive' as const),
    code: fc.string(),
    detail: fc.string(),
  }),
)
const observation = fc.record({
  probe: fc.string().map((text) => text as ProbeId),
  at: fc.integer({ min: 0, max: 4e12 }),
  durationMs: fc.integer({ min: 0, max: 1e7 }).map((cents) => cents / 100),
  outcome,
})

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

describe('a frame of observations', () => {
  test('comes back as it was sent', () => {
    const frame = fc.record({
      prober: fc.string(),
      vantage: fc.string(),
      observations: fc.array(observation),
    })
    fc.assert(
      fc.property(frame, (sent) => {
        expect(decodeObservations(encodeObservations(sent))).toEqual(sent)
      }),
    )
  })

  test.each([
    ['no JSON', new TextEncoder().encode('{')],
    ['no object', bytes([1])],
    ['nothing', new Uint8Array()],
    ['no version', bytes({ prober: 'p', vantage: 'v', observations: [] })],
    ['a later version', bytes({ v: 3, prober: 'p', vantage: 'v', observations: [] })],
  ])('is refused when it is %s', (_, payload) => {
    expect(() => decodeObservations(payload)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^wire\.(invalid|version)$/) }),
    )
  })

  test.each([
    ['prober', { prober: 7 }],
    ['vantage', { vantage: null }],
    ['observations', { observations: {} }],
    ['observations.1', { observations: [['p', 1, 1, 0, 'ok'], 'row'] }],
    ['observations.0', { observations: [[7, 1, 1, 0, 'ok']] }],
    ['observations.0', { observations: [['p', '1', 1, 0, 'ok']] }],
    ['observations.0', { observations: [['p', 1, null, 0, 'ok']] }],
    ['observations.0', { observations: [['p', 1, 1, 0]] }],
    ['observations.0', { observations: [['p', 1, 1, 4, 'a', 'b', 'c']] }],
    ['observations.0', { observations: [['p', 1, 1, 3, 'a', 'b', 'c']] }],
    ['observations.0', { observations: [['p', 1, 1, 3, 'a', 'b', 1.5]] }],
    ['observations.0', { observations: [['p', 1, 1, 1, 'nowhere', 'code', 'detail']] }],
    ['observations.0', { observations: [['p', 1, 1, 1, 'tls', 'code']] }],
    ['observations.0', { observations: [['p', 1, 1, 2, 'code']] }],
  ])('names what is wrong: %s in %j', (where, wrong) => {
    const payload = bytes({ v: 2, prober: 'p', vantage: 'v', observations: [], ...wrong })
    expect(() => decodeObservations(payload)).toThrow(
      expect.objectContaining({
        code: 'wire.invalid',
        message: expect.stringContaining(`${where}:`),
      }),
    )
  })
})
