import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that a receiver got. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** How a receiver behaves: an answer, or one of its illnesses. */
export type Behaviour =
  | {
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | 'hangs'
  | 'resets'
  | 'trickles'
  | 'floods'

/** A receiver of webhooks on 127.0.0.1. */
export interface HttpReceiver {
  readonly url: string
  readonly got: Received[]
  behaviour: Behaviour
  /** Connections that are open now. */
  connections(): Promise<number>
  stop(): Promise<void>
}

const TRICKLE_MS = 20

/** Starts one that takes everything. */
export async function startHttpReceiver(): Promise<HttpReceiver> {
  const got: Received[] = []
  const timers = new Set<NodeJS.Timeout>()
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body })
      answer(response)
    })
  })

  function answer(response: ServerResponse): void {
    const { behaviour } = receiver
    if (behaviour === 'hangs') return
    if (behaviour === 'resets') {
      response.socket?.resetAndDestroy()
      return
    }
    if (behaviour === 'trickles') {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), TRICKLE_MS)
      timers.add(timer)
      response.on('close', () => clearInterval(timer))
      return
    }
    if (behaviour === 'floods') {
      response.writeHead(500)
      const flood = () => {
        while (response.write('x'.repeat(65_536)));
      }
      response.on('drain', flood)
      response.on('error', () => undefined)
      flood()
      return
    }
    const { status, body = '', headers = {} } = behaviour
    response.writeHead(status, headers).end(body)
  }

  const receiver: HttpReceiver = {
    url: '',
    got,
    behaviour: { status: 200, body: 'ok' },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
      }),
    async stop() {
      for (const timer of timers) clearInterval(timer)
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(receiver, { url: `http://127.0.0.1:${port}` })
}
