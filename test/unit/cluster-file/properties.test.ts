import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../../services/shared/cluster-file/probe-id.ts'
import { prune } from '../../../services/shared/cluster-file/prune.ts'
import { parseServiceAddress } from '../../../services/shared/cluster-file/service-address.ts'
import { exactDuration, parseDuration } from '../../../services/shared/domain/duration.ts'
import { addressFromBytes } from '../../../services/shared/domain/ip-address.ts'
import { editDistance, nearestKey } from '../../../services/shared/domain/nearest-key.ts'
import {
  formatServiceAddress,
  type ServiceAddress,
} from '../../../services/shared/domain/virtual-service.ts'
import { parse } from './parse.ts'

const port = fc.integer({ min: 1, max: 65_535 })
const protocol = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const)

function ip(family: 4 | 6): fc.Arbitrary<string> {
  const length = family === 4 ? 4 : 16
  const byte = fc.oneof(fc.constant(0), fc.nat(255))
  return fc
    .array(byte, { minLength: length, maxLength: length })
    .map((bytes) => addressFromBytes(Uint8Array.from(bytes)))
}

const serviceAddress: fc.Arbitrary<ServiceAddress> = fc.oneof(
  ...([4, 6] as const).map((family) =>
    fc.record({
      type: fc.constant('address' as const),
      protocol,
      family: fc.constant(family),
      address: ip(family),
      port,
    }),
  ),
  fc.record({
    type: fc.constant('fwmark' as const),
    family: fc.constantFrom(4 as const, 6 as const),
    mark: fc.integer({ min: 1, max: 0xffff_ffff }),
  }),
)

test('a service address reads back as it was written', () => {
  fc.assert(
    fc.property(serviceAddress, (address) => {
      const reading = parseServiceAddress(formatServiceAddress(address))
      const read = 'value' in reading ? reading.value : undefined
      expect(read?.type === 'fwmark' ? { family: 4, ...read } : read).toEqual(address)
    }),
  )
})

test('any text is an address or a reason why not', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const reading = parseServiceAddress(text)
      expect('value' in reading || reading.message.length > 0).toBe(true)
    }),
  )
})

test('a duration reads back as it was written, and nothing without a unit is one', () => {
  fc.assert(
    fc.property(fc.nat({ max: 31 * 86_400_000 }), (milliseconds) => {
      expect(parseDuration(exactDuration(milliseconds))).toBe(milliseconds)
      expect(parseDuration(String(milliseconds))).toBeUndefined()
    }),
  )
})

const word = fc.stringMatching(/^[a-z]{4,12}$/)

test('one slip of the finger still finds the key', () => {
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom('', 'q', 'swap'), (key, seed, slip) => {
      const at = seed % (key.length - 1)
      const swapped = `${key.slice(0, at)}${key[at + 1]}${key[at]}${key.slice(at + 2)}`
      const typo = slip === 'swap' ? swapped : `${key.slice(0, at)}${slip}${key.slice(at + 1)}`
      expect(nearestKey(typo, [key, 'zzzzzzzzzzzzzzzz'])).toBe(key)
    }),
  )
})

test('the distance of two texts is symmetric, and zero only for the same', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a))
      expect(editDistance(a, b) === 0).toBe(a === b)
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
    }),
  )
})

test('canonical JSON does not depend on the order of keys, and loses nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const turned = JSON.parse(JSON.stringify(value), (_, inner) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).reverse())
          : inner,
      )
      expect(canonicalJson(turned)).toBe(canonicalJson(JSON.parse(JSON.stringify(value))))
      expect(JSON.parse(canonicalJson(turned))).toEqual(turned)
    }),
  )
})

test('pruning takes away what it is told to and nothing else', () => {
  const dictionary = fc.dictionary(word, fc.dictionary(word, fc.nat()), { minKeys: 1 })
  fc.assert(
    fc.property(dictionary, fc.nat(), (tree, seed) => {
      const names = Object.keys(tree)
      const name = names[seed % names.length] ?? ''
      const { [name]: _, ...rest } = tree
      expect(prune(tree, [[name]])).toEqual(rest)
      expect(prune(tree, [[name, 'NOT THERE']])).toEqual(rest)
    }),
  )
})

const line = fc.constantFrom(
  'cluster: shop',
  'realServers: { web1: 10.0.0.1 }',
  'realServers:',
  '  web1: 10.0.0.11',
  '  web1: { address: 10.0.0.11, zone: x }',
  'virtualServices:',
  '  web:',
  '    address: 192.0.2.10:80/tcp',
  '    address: fwmark:7',
  '    forwarding: direct-route',
  '    persistence: { timeout: 5m, netmask: 24 }',
  '    check: { type: http }',
  '    checks: [tcp, http]',
  '    sorryServer: 10.0.0.1:80',
  '    realServers: { web1: { weight: 3 } }',
  '    <<: *a',
  '    tunnel: &a { type: gue, port: 3 }',
  'defaults: { check: { interval: 3s }, forwarding: tunnel }',
)

test('no text makes the parser throw, and a refusal always has a reason', async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(line, { maxLength: 14 }).map((lines) => lines.join('\n')),
    fc
      .tuple(fc.array(line, { maxLength: 14 }), fc.string({ maxLength: 8 }), fc.nat())
      .map(([lines, noise, at]) => {
        const whole = lines.join('\n')
        const place = at % (whole.length + 1)
        return whole.slice(0, place) + noise + whole.slice(place)
      }),
  )
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const result = await parse(content)
      expect(result.ok || result.errors.length > 0).toBe(true)
      const findings = [...(result.ok ? [] : result.errors), ...result.warnings]
      expect(findings.every(({ line: at, column }) => at >= 1 && column >= 1)).toBe(true)
    }),
    { numRuns: 500 },
  )
})
