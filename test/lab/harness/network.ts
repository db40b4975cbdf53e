import { execFile } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Runs iproute2's `ip`; throws with what it said. */
export async function ip(...args: readonly string[]): Promise<string> {
  return (await execute('ip', args)).stdout
}

/** Makes the switch: a namespace with a bridge in it. */
export async function makeSwitch(namespace: string): Promise<void> {
  await ip('netns', 'add', namespace)
  await ip('-n', namespace, 'link', 'set', 'lo', 'up')
  await ip('-n', namespace, 'link', 'add', 'br0', 'type', 'bridge')
  await ip('-n', namespace, 'link', 'set', 'br0', 'up')
}

/** Makes a host: a namespace whose `eth0` is plugged into the switch. */
export async function makeHost(
  namespaces: { readonly own: string; readonly switch: string },
  port: string,
  addresses: readonly string[],
): Promise<void> {
  const { own } = namespaces
  await ip('netns', 'add', own)
  const peer = ['peer', 'name', 'eth0', 'netns', own]
  await ip('link', 'add', port, 'netns', namespaces.switch, 'type', 'veth', ...peer)
  await ip('-n', namespaces.switch, 'link', 'set', port, 'master', 'br0', 'up')
  await ip('-n', own, 'link', 'set', 'lo', 'up')
  for (const address of addresses) await addAddress(own, address, 'eth0')
  await ip('-n', own, 'link', 'set', 'eth0', 'up')
}

/** Makes the tap device that is a guest's cable. */
export async function makeTap(namespace: string, port: string): Promise<void> {
  await ip('-n', namespace, 'tuntap', 'add', 'dev', port, 'mode', 'tap')
  await ip('-n', namespace, 'link', 'set', port, 'master', 'br0', 'up')
}

/** Ends every process in a namespace and removes it. */
export async function removeNamespace(namespace: string): Promise<void> {
  const pids = (await ip('netns', 'pids', namespace)).split('\n').filter(Boolean).map(Number)
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  await ip('netns', 'del', namespace)
}

/** Names of the namespaces that begin so. */
export async function namespaces(prefix: string): Promise<readonly string[]> {
  const lines = (await ip('netns', 'list')).split('\n')
  return lines.map((line) => line.split(' ')[0] ?? '').filter((name) => name.startsWith(prefix))
}

/** Puts the modules of the guests' kernel where `modprobe` in a guest looks for them. */
export function linkGuestModules(): void {
  const from = '/usr/lib/uml/modules'
  mkdirSync('/lib/modules', { recursive: true })
  for (const version of existsSync(from) ? readdirSync(from) : []) {
    const link = join('/lib/modules', version)
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue
    try {
      symlinkSync(join(from, version), link)
    } catch (error) {
      // A lab beside this one made it at the same moment.
      if (!existsSync(link)) throw error
    }
  }
}

async function addAddress(namespace: string, address: string, device: string): Promise<void> {
  const noDetection = address.includes(':') ? ['nodad'] : []
  await ip('-n', namespace, 'addr', 'add', address, 'dev', device, ...noDetection)
}
