import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../services/shared/wire/status.ts'
import { type Apart, type ApartProcess, startApart, until } from '../support/apart.ts'
import { natsSkipReason } from '../support/nats-server.ts'
import { startTestServer, type TestServer } from '../support/standalone.ts'

/** One story, step by step, told by processes of their own around a NATS server. */
describe.skipIf(natsSkipReason !== '')(
  `services apart${natsSkipReason}`,
  { timeout: 180_000 },
  () => {
    let apart: Apart
    let servers: TestServer[]
    const running: Record<string, ApartProcess> = {}

    const fileOf = (weight: number) => `cluster: shop
defaults: { check: { type: http, interval: 500ms, timeout: 400ms, rise: 2, fall: 2 } }
realServers: { web1: 127.0.0.1, web2: 127.0.0.1 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    realServers:
      web1: { port: ${servers[0]?.port}, weight: ${weight} }
      web2: { port: ${servers[1]?.port}, weight: 50 }
`
    const weights = ({ services }: Status) =>
      Object.fromEntries(
        services.flatMap(({ realServers }) =>
          realServers.map(({ name, weight }) => [name, weight.effective]),
        ),
      )
    /** The desired table, and that the director holds it. */
    async function holds(web1: number, web2: number): Promise<void> {
      await until(`the table is web1=${web1} web2=${web2}`, async () => {
        const status = await apart.status().catch((error: unknown) => String(error))
        if (typeof status === 'string') return status
        const held = status.directors.map(({ generation }) => generation)
        const seen = JSON.stringify({ ...weights(status), held, generation: status.generation })
        const { generation } = status
        const wanted = JSON.stringify({ web1, web2, held: [generation], generation })
        return seen === wanted || seen
      })
    }
    /** The smaller one fails, so that no guard has a word to say. */
    async function failAndRecover(): Promise<void> {
      const [, second] = servers
      if (second === undefined) throw new Error('no server')
      second.status = 500
      await holds(100, 0)
      second.status = 200
      await holds(100, 50)
    }
    async function start(role: string, name: string, ...flags: readonly string[]): Promise<void> {
      running[name] = await apart.start(role, name, ...flags)
    }
    const service = (name: string): ApartProcess => {
      const found = running[name]
      if (found === undefined) throw new Error(`${name} was not started`)
      return found
    }

    beforeAll(async () => {
      apart = await startApart('shop')
      servers = [await startTestServer(), await startTestServer()]
      await Promise.all([
        start('controller', 'c1'),
        start('controller', 'c2'),
        start('prober', 'p1', '--vantage', 'here', '--tag', 'rack-a,ssd'),
        start('prober', 'p2', '--vantage', 'here'),
        start('director', 'lvs1', '--table', 'memory'),
        start('console', 'console'),
      ])
    }, 60_000)
    afterAll(async () => {
      await apart.stop()
      for (const server of servers) await server.stop()
    })

    test('before a cluster file was applied, each says that it waits for one', async () => {
      for (const name of Object.keys(running)) {
        await until(`${name} waits`, async () => {
          const unready = (await service(name).unready()) ?? []
          return unready.includes('cluster file: no cluster file applied yet: lvsctl apply FILE')
        })
      }
      expect((await apart.ctl('revisions')).stdout).toBe(
        'no cluster file applied yet: lvsctl apply FILE\n',
      )
    })

    test('a cluster file that is applied is followed by all of them, without a restart', async () => {
      const file = apart.write('shop.yaml', fileOf(100))
      const { code, stdout } = await apart.ctl('apply', file, '--reason', 'opening')
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${file} is in force as revision 1\n` })
      await holds(100, 50)
      for (const name of Object.keys(running)) {
        await until(`${name} is ready`, async () => (await service(name).unready())?.length === 0)
        const text = await (await fetch(`${service(name).url}/metrics`)).text()
        expect(text).toContain('lvs_warden_cluster_file_revision 1')
        expect(text).toMatch(/^lvs_warden_info\{role="\w+",name="\w+",cluster="shop"\} 1$/m)
        expect(text).toContain('process_resident_memory_bytes')
      }
    })

    test('a file with errors changes nothing, and the event log knows who tried', async () => {
      const file = apart.write('bad.yaml', fileOf(70).replace('forwarding', 'forwadring'))
      const { code, stdout } = await apart.ctl('apply', file)
      expect(code).toBe(1)
      expect(stdout).toContain('[unknown-key]')
      expect(stdout).toContain('revision 1 stays in force')
      expect((await apart.ctl('events')).stdout).toContain('cluster file refused, nothing changed')
      await holds(100, 50)
    })

    test('a real server that fails leaves the table, and comes back', async () => {
      await failAndRecover()
    })

    test('what is well is not logged: a line for each transition and command, no more', async () => {
      const linesOf = (name: string) => service(name).log().length
      const names = Object.keys(running)
      const before = names.map(linesOf)
      const frames = await framesSeen()
      await until(
        'many more observations were made',
        async () => (await framesSeen()) > frames + 20,
      )
      expect(names.map(linesOf)).toEqual(before)
      const transitions = (text: string) =>
        names.flatMap((name) => service(name).log()).filter(({ msg }) => String(msg).includes(text))
      expect(transitions('web/web2 is down')).toHaveLength(1)
    })

    test('a drain is obeyed by a director in another process, and ended', async () => {
      const { code } = await apart.ctl('drain', 'web2', '--no-wait', '--reason', 'disk')
      expect(code).toBe(0)
      await holds(100, 0)
      expect((await apart.ctl('enable', 'web2')).code).toBe(0)
      await holds(100, 50)
    })

    test('a leader that is killed is replaced, and the table is as it was', async () => {
      const leader = await leaderName()
      const { generation } = await apart.status()
      await service(leader).end('SIGKILL')
      delete running[leader]
      await until('the other one leads', async () => {
        const name = await leaderName().catch(() => leader)
        return name !== leader
      })
      await holds(100, 50)
      expect((await apart.status()).generation).toBeGreaterThanOrEqual(generation)
      await failAndRecover()
    })

    test('an earlier cluster file is brought back', async () => {
      await apart.ctl('apply', apart.write('shop.yaml', fileOf(70)), '--reason', 'less for web1')
      await holds(70, 50)
      const { stdout } = await apart.ctl('rollback', '--reason', 'that was wrong')
      expect(stdout).toContain('is in force as revision 3')
      await holds(100, 50)
      const diff = await apart.ctl('revisions', '2', '--diff')
      expect(diff.stdout).toMatch(/^-.*weight: 100 \}$/m)
      expect(diff.stdout).toMatch(/^\+.*weight: 70 \}$/m)
    })

    test('a cluster file is planned against the live table, and just that is applied', async () => {
      const same = await apart.ctl('plan', apart.write('shop.yaml', fileOf(100)))
      expect(same.stdout).toContain('nothing to do')
      expect(same.code).toBe(0)
      const { code, stdout } = await apart.ctl('plan', apart.write('shop.yaml', fileOf(80)))
      expect(code).toBe(5)
      expect(stdout).toMatch(/~ web1 127\.0\.0\.1:\d+ {2}weight 100 -> 80 {2}on lvs1/)
      const [, id = ''] = /^plan ([0-9a-f]{12})/m.exec(stdout) ?? []
      await apart.ctl('drain', 'web1', '--no-wait', '--force')
      const refused = await apart.ctl('apply', '--plan', id)
      expect(refused.code).toBe(4)
      expect(refused.stderr).toContain('web/web1 is up, under drain')
      await apart.ctl('enable', 'web1')
      await holds(100, 50)
      const done = await apart.ctl('apply', '--plan', id, '--reason', 'as agreed')
      expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('as revision 4') })
      await holds(80, 50)
      await apart.ctl('rollback')
      await holds(100, 50)
    })

    test('NATS away and back: each says so and goes on by itself', async () => {
      await apart.nats.stop()
      const names = Object.keys(running)
      for (const name of names) {
        await until(`${name} misses NATS`, async () =>
          ((await service(name).unready()) ?? []).includes('bus: NATS is away'),
        )
        expect((await fetch(`${service(name).url}/healthz`)).status).toBe(200)
      }
      await apart.nats.start()
      for (const name of names) {
        await until(`${name} is back`, async () => (await service(name).unready())?.length === 0)
      }
      await holds(100, 50)
    })

    test('a director in shadow says what it would do, and its table stays as it is', async () => {
      await start('director', 'lvs9', '--table', 'memory', '--shadow')
      await until('it is compared', async () => {
        const { directors } = await apart.status()
        const found = directors.find(({ name }) => name === 'lvs9')?.shadow
        return found?.disagreements.length === 3 || JSON.stringify(directors)
      })
      expect((await apart.ctl('status')).stdout).toContain(
        'SHADOW lvs9: nothing is written; 0 of 3',
      )
    })

    test('none was forbidden anything: each has the permissions that it needs', () => {
      const lines = Object.keys(running).flatMap((name) => service(name).log())
      expect(lines.length).toBeGreaterThan(5)
      const forbidden = lines.filter((line) => JSON.stringify(line).includes('bus.forbidden'))
      expect(forbidden).toEqual([])
    })

    test('SIGTERM ends each cleanly, waiting for NATS or not', async () => {
      for (const name of Object.keys(running)) {
        expect(await service(name).end('SIGTERM')).toBe(0)
        expect(service(name).log().at(-1)).toMatchObject({ msg: 'stopping', signal: 'SIGTERM' })
        delete running[name]
      }
      await apart.nats.stop()
      await start('prober', 'p3')
      await until('p3 says that it waits', () => service('p3').output().includes('NATS'))
      expect(await service('p3').unready()).toContain(`bus: waiting for NATS at ${apart.nats.url}`)
      expect(await service('p3').end('SIGTERM')).toBe(0)
    })

    /** Frames of observations that both probers have published. */
    async function framesSeen(): Promise<number> {
      let frames = 0
      for (const name of ['p1', 'p2']) {
        const text = await (await fetch(`${service(name).url}/metrics`)).text()
        frames += Number(/^lvs_warden_prober_frames_total (\d+)$/m.exec(text)?.[1] ?? 0)
      }
      return frames
    }

    async function leaderName(): Promise<string> {
      for (const name of ['c1', 'c2']) {
        const one = running[name]
        if (one?.log().some(({ msg }) => String(msg) === 'controller leads')) return name
      }
      throw new Error('nobody leads')
    }
  },
)
