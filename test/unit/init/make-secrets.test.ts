import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeSecrets } from '../../../services/init/make-secrets.ts'
import { BUS_ROLES } from '../../../services/shared/wire/bus-role-needs.ts'
import { projectDir } from '../../support/source-files.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lvs-warden-init-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const secret = (name: string) => readFile(join(dir, 'secrets', name), 'utf8')
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

describe('in an empty folder', () => {
  test('there are all the files that docker-compose.yml mounts, and no other', async () => {
    const { made, kept } = await makeSecrets(dir, 'shop')
    const compose = await readFile(join(projectDir, 'docker-compose.yml'), 'utf8')
    const mounted = [...compose.matchAll(/\.\/secrets\/([a-z.-]+)/g)].map(([, name]) => name)
    const admin = 'nats-admin'
    expect((await readdir(join(dir, 'secrets'))).sort()).toEqual([...mounted, admin].sort())
    expect(kept).toEqual([])
    expect(made).toHaveLength(mounted.length + 2)
  })

  test('each password is one of its own, long and without a sign that needs quoting', async () => {
    await makeSecrets(dir, 'shop')
    const names = [...BUS_ROLES.map((role) => `nats-${role}`), 'influx-warden', 'grafana-admin']
    const passwords = await Promise.all(names.map(secret))
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9_-]{32}\n$/)
    expect(new Set(passwords).size).toBe(names.length)
  })

  test('NATS knows the password of each role, and its configuration none of them', async () => {
    await makeSecrets(dir, 'shop')
    const passwords = await secret('nats-passwords.conf')
    const config = await secret('nats.conf')
    for (const role of BUS_ROLES) {
      const password = (await secret(`nats-${role}`)).trim()
      expect(passwords).toContain(`${role.toUpperCase()}_PASSWORD: "${password}"\n`)
      expect(config).toContain(`$${role.toUpperCase()}_PASSWORD`)
      expect(config).not.toContain(password)
    }
    expect(config).toContain('include "nats-passwords.conf"')
    expect(config).toContain('lvs.shop.')
  })

  test('only its owner may enter; whoever runs in a container may read what is mounted', async () => {
    await makeSecrets(dir, 'shop')
    expect(await modeOf(join(dir, 'secrets'))).toBe(0o700)
    for (const name of await readdir(join(dir, 'secrets'))) {
      expect((await modeOf(join(dir, 'secrets', name))) & 0o444, name).toBe(0o444)
    }
    expect(await readFile(join(dir, '.env'), 'utf8')).toContain('LVS_WARDEN_CLUSTER_NAME=shop\n')
  })
})

describe('a second time', () => {
  test('what is there is kept, even what was changed by hand; NATS is configured anew', async () => {
    await makeSecrets(dir, 'shop')
    const before = await secret('nats-prober')
    await chmod(join(dir, 'secrets', 'grafana-admin'), 0o600)
    await writeFile(join(dir, 'secrets', 'grafana-admin'), 'chosen by hand\n')
    await writeFile(join(dir, 'secrets', 'nats.conf'), 'of an older version\n')
    await writeFile(join(dir, '.env'), 'LVS_WARDEN_CLUSTER_NAME=shop\nCOMPOSE_PROFILES=director\n')
    const { made, kept } = await makeSecrets(dir, 'shop')
    expect(made).toEqual(
      ['nats.conf', 'nats-passwords.conf'].map((name) => join(dir, 'secrets', name)),
    )
    expect(kept).toContain(join(dir, '.env'))
    expect(await secret('nats-prober')).toBe(before)
    expect(await secret('grafana-admin')).toBe('chosen by hand\n')
    expect(await secret('nats.conf')).toContain('lvs.shop.')
    expect(await readFile(join(dir, '.env'), 'utf8')).toContain('COMPOSE_PROFILES=director')
  })

  test('a password that is gone is made anew, and NATS learns it', async () => {
    await makeSecrets(dir, 'shop')
    const before = await secret('nats-director')
    await rm(join(dir, 'secrets', 'nats-director'))
    await makeSecrets(dir, 'shop')
    const after = await secret('nats-director')
    expect(after).not.toBe(before)
    expect(await secret('nats-passwords.conf')).toContain(`DIRECTOR_PASSWORD: "${after.trim()}"`)
  })
})

test('a folder that cannot be used is said by its name', async () => {
  const file = join(dir, 'file')
  await writeFile(file, '')
  await expect(makeSecrets(file, 'shop')).rejects.toMatchObject({
    code: 'init.unusable',
    message: expect.stringContaining(`cannot write into ${file}: `),
  })
})
