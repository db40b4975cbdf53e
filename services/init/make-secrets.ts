import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usersConfig } from '../shared/adapters/nats/server-config.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { BUS_ROLES } from '../shared/wire/bus-role-needs.ts'

/** What was found and what was made. */
export interface MadeSecrets {
  /** Paths of the files that were written, in order. */
  readonly made: readonly string[]
  /** Those that were there already and stay as they are. */
  readonly kept: readonly string[]
}

const SECRET_BYTES = 24
const PASSWORDS_FILE = 'nats-passwords.conf'
const OTHER_SECRETS = ['influx-warden', 'influx-grafana', 'grafana-admin'] as const
/** Only who may enter the folder reads them; in a container each service has a uid of its own. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o444

/**
 * Makes what docker-compose.yml reads beside itself: `.env`, and in `secrets/` a password for each
 * role, and the configuration of NATS with them. What is there is kept, but for the configuration
 * of NATS, which is written anew from the passwords. Throws a `ServiceError` `init.unusable`.
 */
export async function makeSecrets(dir: string, cluster: string): Promise<MadeSecrets> {
  const made: string[] = []
  const kept: string[] = []
  const folder = join(dir, 'secrets')

  async function provide(path: string, make: () => string, mode = FILE_MODE): Promise<string> {
    const present = await readIfThere(path)
    if (present !== undefined) {
      kept.push(path)
      return present
    }
    const text = make()
    await writeFile(path, text, { mode, flag: 'wx' })
    await chmod(path, mode)
    made.push(path)
    return text
  }

  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    await chmod(folder, FOLDER_MODE)
    const passwords = new Map<string, string>()
    for (const role of BUS_ROLES) {
      passwords.set(role, (await provide(join(folder, `nats-${role}`), makeSecret)).trim())
    }
    for (const name of OTHER_SECRETS) await provide(join(folder, name), makeSecret)
    const configs = [
      ['nats.conf', natsConfig(cluster)],
      [PASSWORDS_FILE, natsPasswords(passwords)],
    ] as const
    for (const [name, text] of configs) {
      // A file that is mounted into a container stays the same file when it is written anew.
      await writeFile(join(folder, name), text, { mode: 0o644 })
      made.push(join(folder, name))
    }
    await provide(join(dir, '.env'), () => environment(cluster), 0o644)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('init.unusable', `cannot write into ${dir}: ${reason}`, { cause: error })
  }
  return { made, kept }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function makeSecret(): string {
  return `${randomBytes(SECRET_BYTES).toString('base64url')}\n`
}

function natsConfig(cluster: string): string {
  return `# Made by lvs-warden init, and made anew by it.
listen: "0.0.0.0:4222"
http: "127.0.0.1:8222"
jetstream { store_dir: "/data", max_memory_store: 64MB, max_file_store: 4GB }
write_deadline: "5s"
max_pending: 64MB

${usersConfig(cluster, PASSWORDS_FILE)}`
}

function natsPasswords(passwords: ReadonlyMap<string, string>): string {
  const lines = Array.from(passwords, ([role, password]) => {
    return `${role.toUpperCase()}_PASSWORD: "${password}"\n`
  })
  return lines.join('')
}

function environment(cluster: string): string {
  return `# Read by docker compose. docs/operating/compose.md has every variable.
LVS_WARDEN_CLUSTER_NAME=${cluster}
# What runs on this host: control, director, or both with a comma.
COMPOSE_PROFILES=control
`
}
