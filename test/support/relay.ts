import { connect, type Socket } from 'node:net'
import type { Target } from '../../probes/check.ts'
import { type HostileServer, startHostileServer } from './hostile-server.ts'

/** What becomes of the real server's bytes on their way to the check. */
export interface RelayFault {
  /** Bytes of the server's that come through; then `ending` happens. Default: all. */
  readonly letThrough?: number
  readonly ending?: 'reset' | 'close' | 'hang'
  /** Hands on one byte at a time. */
  readonly byteByByte?: boolean
}

/** A relay in front of a real server, which fails in the middle of what that says. */
export interface Relay extends HostileServer {
  /** Bytes that the server has said so far. */
  heardBytes(): number
}

/** Starts one on a free port. */
export async function startRelay(target: Target, fault: RelayFault = {}): Promise<Relay> {
  let heard = 0
  const server = await startHostileServer((client) => {
    const upstream = connect({ host: target.address, port: target.port })
    let left = fault.letThrough ?? Number.POSITIVE_INFINITY
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
    client.on('data', (bytes) => upstream.write(bytes))
    client.on('end', () => upstream.end())
    upstream.on('end', () => client.end())
    if (left === 0) end(client, upstream, fault.ending)
    upstream.on('data', (bytes) => {
      heard += bytes.length
      const passed = bytes.subarray(0, left)
      left -= passed.length
      hand(client, passed, fault.byteByByte === true)
      if (left === 0) end(client, upstream, fault.ending)
    })
  }, target.family)
  return { ...server, heardBytes: () => heard }
}

function hand(client: Socket, bytes: Buffer, byteByByte: boolean): void {
  if (!byteByByte) client.write(bytes)
  else for (const byte of bytes) setImmediate(() => client.write(Buffer.of(byte)))
}

function end(client: Socket, upstream: Socket, ending: RelayFault['ending']): void {
  upstream.removeAllListeners('data').pause()
  if (ending === 'close') client.end()
  else if (ending !== 'hang') setImmediate(() => client.resetAndDestroy())
}
