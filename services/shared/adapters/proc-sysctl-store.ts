import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SYSCTL_NAMES, type SysctlName } from '../domain/sysctl.ts'
import type { SysctlStore } from '../ports/sysctl-store.ts'
import { ServiceError } from '../runtime/service-error.ts'

const FOLDER = '/proc/sys/net/ipv4/vs'

/** The settings of this network namespace, by the files of proc(5). */
export function createProcSysctlStore(folder = FOLDER): SysctlStore {
  return {
    async read() {
      const found = await Promise.all(
        SYSCTL_NAMES.map(async (name) => [name, await readNumber(join(folder, name))] as const),
      )
      return new Map(
        found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      )
    },
    async write(name, value) {
      try {
        await writeFile(join(folder, name), `${value}\n`, { flag: 'r+' })
      } catch (error) {
        throw refusal(name, value, error)
      }
    },
  }
}

async function readNumber(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^-?\d+$/.test(text.trim()) ? Number(text) : undefined
}

function refusal(name: SysctlName, value: number, error: unknown): ServiceError {
  const errno = error instanceof Error && 'code' in error ? String(error.code) : ''
  const set = `sysctl -w net.ipv4.vs.${name}=${value}`
  const explained: Readonly<Record<string, readonly [code: string, message: string]>> = {
    EROFS: [
      'sysctl.read-only',
      `/proc/sys is read-only here, as in a container; run "${set}" on the host`,
    ],
    EACCES: ['sysctl.permission', `no right to set it; run as root or run "${set}"`],
    EPERM: ['sysctl.permission', `no right to set it; run as root or run "${set}"`],
    ENOENT: ['sysctl.missing', `this kernel has no net.ipv4.vs.${name}`],
    EINVAL: ['sysctl.refused', `the kernel does not take the value ${value}`],
  }
  const reason = error instanceof Error ? error.message : String(error)
  const [code, message] = explained[errno] ?? ['sysctl.refused', reason]
  return new ServiceError(code, message, { cause: error })
}
