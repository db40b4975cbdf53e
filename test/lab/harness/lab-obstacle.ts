import { accessSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const { lab: packages } = createRequire(import.meta.url)('../../support/debian-packages.json') as {
  readonly lab: readonly string[]
}

/** Programs of the packages under `lab`. */
const PROGRAMS = ['linux.uml', 'modprobe', 'ipvsadm', 'ip', 'ping', 'iptables-legacy', 'curl']

/** Why no lab can be made on this machine, in words; nothing when one can. */
export function labObstacle(): string | undefined {
  if (process.platform !== 'linux') return `the lab needs Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'the lab needs root, for network namespaces'
  const missing = PROGRAMS.filter((program) => !isInstalled(program))
  if (missing.length > 0) {
    return `the lab needs ${missing.join(', ')}: apt-get install ${packages.join(' ')}`
  }
  try {
    accessSync('/dev/net/tun')
  } catch {
    return 'the lab needs /dev/net/tun'
  }
  return undefined
}

function isInstalled(program: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':')
  return folders.some((folder) => existsSync(join(folder, program)))
}
