import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipvsadmRule } from '../../../services/shared/adapters/ipvsadm/ipvsadm-rule.ts'
import { mergeListings } from '../../../services/shared/adapters/ipvsadm/merge-listings.ts'
import { parseListing } from '../../../services/shared/adapters/ipvsadm/parse-listing.ts'
import { parseSavedRules } from '../../../services/shared/adapters/ipvsadm/parse-saved-rules.ts'
import type { ServiceKey } from '../../../services/shared/domain/virtual-service.ts'
import { at, building, head, plain, row } from '../../contract/ipvs-table-builder.ts'
import { anyTable } from '../../support/table-arbitrary.ts'

// What ipvsadm 1.31 printed on a kernel 6.1, each line as it was.
const RULES = `-A -t 192.0.2.10:80 -s wlc -p 300 -M 255.255.255.0
-a -t 192.0.2.10:80 -r 10.1.0.21:8081 -m -w 100
-A -u 192.0.2.11:5060 -s rr -p 60 --pe sip
-a -u 192.0.2.11:5060 -r 10.1.0.22:5060 -i -w 1 --tun-type gre --tun-csum
-a -u 192.0.2.11:5060 -r 10.1.0.23:5060 -i -w 65535 --tun-type ipip
-A --sctp-service 192.0.2.11:5060 -s lc -b flag-1,flag-2
-A -u [2001:db8:1111:2222:3333:4444:5555:6666]:53 -s rr -p 60 -M 64 -o
-a -u [2001:db8:1111:2222:3333:4444:5555:6666]:53 -r [2001:db8:1111:2222:3333:4444:5555:7777]:53 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
-A -f 17 -s sh -b sh-fallback,sh-port
-a -f 17 -r 10.1.0.31:0 -g -w 10
-A -f -1 -6 -s mh -b mh-fallback
-a -f -1 -6 -r [2001:db8::31]:0 -g -w 10
`

const THRESHOLDS = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn 
  -> RemoteAddress:Port
TCP  192.0.2.10:80 wlc persistent 300 mask 255.255.255.0
  -> 10.1.0.21:8081               100        50         0          0         
FWM  17 IPv6 mh (mh-fallback)
  -> [2001:db8::31]:0             7          3          0          0         
`

const CONNECTIONS = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn 
  -> RemoteAddress:Port
TCP  192.0.2.10:80 wlc persistent 300 mask 255.255.255.0
  -> 10.1.0.21:8081               100       3           12         5         
`

const STATS = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  192.0.2.10:80                       9       27       18     2700     9000
  -> 10.1.0.21:8081                      8       25       16     2500     8000
`

const WEB = 'tcp/192.0.2.10:80' as ServiceKey

describe('parseSavedRules', () => {
  test('reads what ipvsadm prints', () => {
    expect(plain(parseSavedRules(RULES))).toEqual(
      plain([
        {
          ...head(at('tcp', '192.0.2.10', 80), { persistence: { timeoutS: 300, netmask: 24 } }),
          servers: [row('10.1.0.21', 8081, { weight: 100 })],
        },
        {
          ...head(at('udp', '192.0.2.11', 5060), {
            scheduler: 'rr',
            persistence: { timeoutS: 60, netmask: 32, engine: 'sip' },
          }),
          servers: [
            row('10.1.0.22', 5060, {
              forwarding: 'tunnel',
              tunnel: { type: 'gre', checksum: 'checksum' },
            }),
            row('10.1.0.23', 5060, { forwarding: 'tunnel', weight: 65_535 }),
          ],
        },
        {
          ...head(at('sctp', '192.0.2.11', 5060), {
            scheduler: 'lc',
            schedulerFlags: ['flag-1', 'flag-2'],
          }),
          servers: [],
        },
        {
          ...head(at('udp', '2001:db8:1111:2222:3333:4444:5555:6666', 53), {
            scheduler: 'rr',
            persistence: { timeoutS: 60, netmask: 64 },
            onePacket: true,
          }),
          servers: [
            row('2001:db8:1111:2222:3333:4444:5555:7777', 53, {
              forwarding: 'tunnel',
              tunnel: { type: 'gue', port: 6080, checksum: 'checksum' },
            }),
          ],
        },
        {
          ...head(
            { type: 'fwmark', family: 4, mark: 17 },
            { scheduler: 'sh', schedulerFlags: ['sh-fallback', 'sh-port'] },
          ),
          servers: [row('10.1.0.31', 0, { forwarding: 'direct-route', weight: 10 })],
        },
        {
          ...head(
            { type: 'fwmark', family: 6, mark: 0xffff_ffff },
            { scheduler: 'mh', schedulerFlags: ['mh-fallback'] },
          ),
          servers: [row('2001:db8::31', 0, { forwarding: 'direct-route', weight: 10 })],
        },
      ]),
    )
  })

  test('reads back every rule that we write, thresholds apart', () => {
    fc.assert(
      fc.property(anyTable, (table) => {
        const lines = building(table).map((change) => {
          // ipvsadm -S leaves these out.
          return ipvsadmRule(change)
            .join(' ')
            .replace(/ -x \d+ -y \d+/, '')
        })
        const saved = table.map((service) => ({
          ...service,
          servers: service.servers.map((server) => {
            return { ...server, upperThreshold: 0, lowerThreshold: 0 }
          }),
        }))
        expect(plain(parseSavedRules(lines.join('\n')))).toEqual(plain(saved))
      }),
    )
  })

  test.each([
    ['an unknown verb', '-X -t 192.0.2.10:80'],
    ['an option without its value', '-A -t 192.0.2.10:80 -s'],
    ['no scheduler', '-A -t 192.0.2.10:80'],
    ['a name in place of an address', '-A -t web.example:http -s rr'],
    ['a port that is none', '-A -t 192.0.2.10:65536 -s rr'],
    ['an unknown flag', '-A -t 192.0.2.10:80 -s rr -b what'],
    ['a netmask that is none', '-A -t 192.0.2.10:80 -s rr -p 60 -M x'],
    ['a row before its service', '-a -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w 1'],
  ])('throws and quotes the line for %s', (_, line) => {
    expect(() => parseSavedRules(line)).toThrow(
      new RangeError(`ipvsadm -Sn printed a line that is not understood: ${line}`),
    )
  })

  test('throws for a row without a forwarding method', () => {
    const rules = '-A -t 192.0.2.10:80 -s rr\n-a -t 192.0.2.10:80 -r 10.0.0.1:80 -w 1\n'
    expect(() => parseSavedRules(rules)).toThrow('-r 10.0.0.1:80 -w 1')
  })

  test('fails in no other way on any words', () => {
    const word = fc.constantFrom('-A', '-a', '-t', '-f', '-p', '-M', '-r', '1.2.3.4:5', 'x', '')
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          parseSavedRules(words.join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})

describe('parseListing', () => {
  test('reads the columns of services and rows', () => {
    const stats = parseListing(STATS).get(WEB)
    expect(stats?.numbers).toEqual([9, 27, 18, 2700, 9000])
    expect(stats?.rows.get('10.1.0.21:8081')).toEqual([8, 25, 16, 2500, 8000])
    const mark = parseListing(THRESHOLDS).get('fwmark/17/ipv6' as ServiceKey)
    expect(mark?.rows.get('[2001:db8::31]:0')).toEqual([7, 3, 0, 0])
  })

  test('never fails', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseListing(text)))
  })
})

describe('mergeListings', () => {
  test('joins the listings by address, and counts 0 where one lacks a row', () => {
    const table = mergeListings({
      rules: RULES,
      thresholds: THRESHOLDS,
      connections: CONNECTIONS,
      stats: STATS,
      rate: STATS,
    })
    expect(table[0]?.stats).toMatchObject({ connections: 9, outBytes: 9000, connectionRate: 9 })
    expect(table[0]?.servers[0]).toMatchObject({
      ...{ weight: 100, upperThreshold: 100, lowerThreshold: 50 },
      counts: { active: 12, inactive: 5, persistent: 3 },
      stats: { connections: 8, inPackets: 25, outPackets: 16, inBytes: 2500, outByteRate: 8000 },
    })
    expect(table[1]?.servers[0]).toMatchObject({
      upperThreshold: 0,
      counts: { active: 0, inactive: 0, persistent: 0 },
      stats: { connections: 0 },
    })
  })
})
