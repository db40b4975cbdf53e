import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { checkOf } from '../../probes/registry.ts'
import { runCheck } from '../../probes/run-check.ts'
import type { Certificates } from '../support/certificates.ts'

const TIMEOUT_MS = 30_000

/** Ports of the servers, by protocol. */
export type PeerPorts = Readonly<
  Record<'tcp' | 'http' | 'https' | 'smtp' | 'pop3' | 'redis' | 'udp', number>
>

/** Servers in a process of their own. */
export interface Peers {
  readonly ports: PeerPorts
  stop(): Promise<void>
}

/** Starts them; each answer comes after this delay. */
export async function startPeers({ cert, key }: Certificates, delayMs: number): Promise<Peers> {
  const script = fileURLToPath(new URL('checks-peer.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, cert, key, String(delayMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [line] = await once(child.stdout, 'data')
  return {
    ports: JSON.parse(String(line)),
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Runs a check as the prober does; throws unless it passes. */
export function checkRun(
  kind: string,
  port: number,
  written: unknown = {},
  address = '127.0.0.1',
): () => Promise<void> {
  const check = checkOf(kind)
  if (check === undefined) throw new Error(`no check of kind ${kind}`)
  const options = check.options.parse(written)
  const target = { address, family: address.includes(':') ? 6 : 4, port } as const
  return async () => {
    const { outcome } = await runCheck(check, target, options, { timeoutMs: TIMEOUT_MS })
    if (outcome.outcome !== 'pass') throw new Error(`${kind}: ${outcome.code}: ${outcome.detail}`)
  }
}
