import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { drift } from '../../services/director/core/drift.ts'
import { plan } from '../../services/director/core/plan.ts'
import { parseSavedRules } from '../../services/shared/adapters/ipvsadm/parse-saved-rules.ts'
import type { CountedTable, Table } from '../../services/shared/domain/table.ts'
import { SCHEDULERS } from '../../services/shared/domain/virtual-service.ts'
import { at, building, head, plain, row } from '../contract/ipvs-table-builder.ts'
import { ipvsTableContract } from '../contract/ipvs-table-contract.ts'
import { type Compiled, compile } from './harness/compile.ts'
import { createLab, type Lab } from './harness/lab.ts'
import type { CommandResult } from './harness/lab-process.ts'
import { describeLab } from './harness/requirements.ts'

const WEB = at('tcp', '192.0.2.10', 80)

describeLab('the table of a real kernel', () => {
  let lab: Lab
  let compiled: Compiled

  beforeAll(async () => {
    compiled = await compile('test/lab/guest/tsconfig.json')
    lab = await createLab({ memory: '512M' })
    await lab.director('lb1', 1)
  })

  afterAll(async () => {
    await lab?.close()
    compiled?.dispose()
  })

  const node = (script: string, ...args: readonly string[]): Promise<CommandResult> => {
    const command = compiled.pathOf(`test/lab/guest/${script}`)
    return lab.run('lb1', [process.execPath, command, ...args], { timeoutMs: 170_000 })
  }
  const parsed = async (running: Promise<CommandResult>) => JSON.parse((await running).stdout)
  const apply = (table: Table) =>
    parsed(node('table-command.ts', 'apply', JSON.stringify(building(table))))
  const read = (): Promise<CountedTable> => parsed(node('table-command.ts', 'read'))

  describe.each(['kernel', 'ipvsadm'])('%s table', (adapter) => {
    let verdicts: ReadonlyMap<string, string | undefined>

    beforeAll(async () => {
      const { stdout, stderr } = await node('table-contract.ts', adapter)
      const lines = stdout.trim().split('\n').filter(Boolean)
      const results = lines.map((line) => JSON.parse(line) as { name: string; trouble?: string })
      expect(results, stderr).toHaveLength(ipvsTableContract.length)
      verdicts = new Map(results.map(({ name, trouble }) => [name, trouble]))
    })

    for (const { name } of ipvsTableContract) {
      test(name, () => {
        expect(verdicts.has(name)).toBe(true)
        expect(verdicts.get(name)).toBeUndefined()
      })
    }
  })

  describe('kernel table', () => {
    beforeEach(() => lab.must('lb1', ['ipvsadm', '-C']))

    test('what it sets is what ipvsadm shows', async () => {
      const table = everything()
      expect(await apply(table)).toEqual([])
      const saved = parseSavedRules(await lab.must('lb1', ['ipvsadm', '-Sn']))
      const withoutThresholds = table.map((service) => ({
        ...service,
        servers: service.servers.map((server) => ({
          ...server,
          ...{ upperThreshold: 0, lowerThreshold: 0 },
        })),
      }))
      expect(plain(saved)).toEqual(plain(withoutThresholds))
      const listed = await lab.must('lb1', ['ipvsadm', '-Ln', '--thresholds'])
      expect(listed).toMatch(/10\.0\.0\.1:8080 +2000 +1000 /)
    })

    test('what ipvsadm sets is what it reads', async () => {
      const rules = [
        '-A -t 192.0.2.10:80 -s sh -b sh-fallback,sh-port -p 300 -M 255.255.255.0',
        '-a -t 192.0.2.10:80 -r 10.0.0.1:80 -g -w 3 -x 20 -y 10',
        '-a -t 192.0.2.10:80 -r 10.0.0.2:80 -i -w 4 --tun-type gre --tun-csum',
        '-A -f 7 -6 -s mh -b mh-port',
        '-a -f 7 -6 -r [2001:db8::3]:0 -g -w 1',
      ]
      await lab.must('lb1', ['sh', '-c', `printf '%s\\n' "$RULES" | ipvsadm -R`], {
        env: { RULES: rules.join('\n') },
      })
      expect(plain(await read())).toEqual(
        plain([
          {
            ...head(WEB, {
              scheduler: 'sh',
              schedulerFlags: ['sh-fallback', 'sh-port'],
              persistence: { timeoutS: 300, netmask: 24 },
            }),
            servers: [
              row('10.0.0.1', 80, {
                forwarding: 'direct-route',
                ...{ weight: 3, upperThreshold: 20, lowerThreshold: 10 },
              }),
              row('10.0.0.2', 80, {
                forwarding: 'tunnel',
                tunnel: { type: 'gre', checksum: 'checksum' },
                weight: 4,
              }),
            ],
          },
          {
            ...head(
              { type: 'fwmark', family: 6, mark: 7 },
              { scheduler: 'mh', schedulerFlags: ['mh-port'] },
            ),
            servers: [row('2001:db8::3', 0, { forwarding: 'direct-route' })],
          },
        ]),
      )
    })

    test('counts what clients do, in the service and in the row', async () => {
      await lab.host('client', 100)
      const server = row('10.77.0.100', 8080)
      await apply([{ ...head(at('tcp', '10.77.0.1', 80)), servers: [server] }])
      const get = ['curl', '-s', '-m', '2', 'http://10.77.0.1/']
      for (let i = 0; i < 3; i++) await lab.run('client', get)
      const [service] = await read()
      expect(service?.stats.connections).toBe(3)
      expect(service?.servers[0]?.stats).toEqual(service?.stats)
      expect(service?.stats.inBytes).toBeGreaterThan(100)
    })

    test('a real server on the director itself is no drift, whatever its forwarding', async () => {
      const servers = (['masquerade', 'direct-route', 'tunnel'] as const).map((forwarding, i) =>
        row(`127.0.0.${i + 1}`, 80, { forwarding }),
      )
      const local = row('10.77.0.1', 80, { forwarding: 'direct-route' })
      const table = [{ ...head(WEB), servers: [...servers, local] }]
      expect(await apply(table)).toEqual([])
      const actual = await read()
      expect(plan(table, actual, new Set())).toEqual([])
      expect(drift(table, actual, new Set())).toEqual([])
    })

    test('a hand edit is told from what was applied', async () => {
      const table = [{ ...head(WEB), servers: [row('10.0.0.1', 80, { weight: 100 })] }]
      await apply(table)
      const edit = ['-e', '-t', '192.0.2.10:80', '-r', '10.0.0.1:80', '-m', '-w', '0']
      await lab.must('lb1', ['ipvsadm', ...edit])
      expect(drift(table, await read(), new Set())).toMatchObject([
        { server: '10.0.0.1:80', what: 'weight', was: '100', now: '0' },
      ])
    })

    test('says which IPVS it is', async () => {
      const description = await parsed(node('table-command.ts', 'describe'))
      expect(description).toEqual({ version: '1.2.1', connectionTableSize: 4096 })
    })

    test('without the right to it, says which right', async () => {
      const command = compiled.pathOf('test/lab/guest/table-command.ts')
      const drop = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']
      const denied = lab.run('lb1', [...drop, process.execPath, command, 'describe'])
      expect(await parsed(denied)).toMatchObject({
        code: 'ipvs.permission',
        message: expect.stringContaining('CAP_NET_ADMIN'),
      })
    })
  })
})

/** A table with one of everything that ipvsadm 1.31 can show. */
function everything(): Table {
  const persistence = { timeoutS: 90, netmask: 32, engine: 'sip' } as const
  const schedulers = SCHEDULERS.map((scheduler, i) => ({
    ...head(at('sctp', '192.0.2.10', 2000 + i), { scheduler }),
    servers: [row('10.0.0.9', 2000 + i, { forwarding: 'direct-route' })],
  }))
  return [
    ...schedulers,
    {
      ...head(WEB, { scheduler: 'sh', schedulerFlags: ['sh-fallback', 'sh-port'] }),
      servers: [
        row('10.0.0.1', 8080, { upperThreshold: 2000, lowerThreshold: 1000 }),
        row('10.0.0.2', 80, { forwarding: 'tunnel', tunnel: { type: 'ipip' } }),
        row('10.0.0.3', 80, {
          forwarding: 'tunnel',
          tunnel: { type: 'gue', port: 6080, checksum: 'remote' },
        }),
        row('10.0.0.4', 80, {
          forwarding: 'tunnel',
          tunnel: { type: 'gre', checksum: 'checksum' },
        }),
      ],
    },
    {
      ...head(at('udp', '192.0.2.10', 5060), { scheduler: 'rr', persistence }),
      servers: [row('10.0.0.1', 5060, { weight: 65_535 })],
    },
    {
      ...head(at('udp', '2001:db8::10', 53), {
        scheduler: 'mh',
        schedulerFlags: ['mh-fallback', 'mh-port'],
        onePacket: true,
        persistence: { timeoutS: 60, netmask: 64 },
      }),
      servers: [row('2001:db8::1', 53, { weight: 0 })],
    },
    {
      ...head(at('tcp', '2001:db8::10', 443), {
        schedulerFlags: ['flag-1', 'flag-2', 'flag-3'],
      }),
      servers: [],
    },
    {
      ...head({ type: 'fwmark', family: 4, mark: 7 }),
      servers: [row('10.0.0.1', 0, { forwarding: 'direct-route' })],
    },
    {
      ...head({ type: 'fwmark', family: 6, mark: 7 }),
      servers: [row('2001:db8::1', 0, { forwarding: 'direct-route' })],
    },
  ]
}
