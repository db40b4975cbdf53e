import { createServer, type Server, type Socket } from 'node:net'

/** How a demo server is ill. */
export type Illness = 'stopped' | 'hung' | 'broken'

/** A small server on loopback that can be made to fail in the ways of real ones. */
export interface DemoServer {
  readonly name: string
  readonly port: number
  fallIll(illness: Illness): Promise<void>
  recover(): Promise<void>
  close(): Promise<void>
}

/** What a protocol says: on connecting, and to each line that it hears. */
export interface Speech {
  readonly greeting?: string
  /** Begins one connection: how it answers each line, `undefined` for not at all. */
  connect(isBroken: () => boolean): (line: string) => string | undefined
  /** Greeting of a broken server, where that is its way to fail. */
  readonly brokenGreeting?: string
  /** The answer ends the connection. */
  readonly closes?: boolean
}

const MAX_LINE = 4096

/** Starts a server of one protocol on a free port of 127.0.0.1. */
export async function startDemoServer(name: string, speech: Speech): Promise<DemoServer> {
  const sockets = new Set<Socket>()
  let illness: Illness | undefined
  let server = createServer(serve)
  const port = await listen(server, 0)

  function serve(socket: Socket): void {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    if (illness === 'hung') return
    const greeting =
      illness === 'broken' ? (speech.brokenGreeting ?? speech.greeting) : speech.greeting
    if (greeting !== undefined) socket.write(greeting)
    const answer = speech.connect(() => illness === 'broken')
    let heard = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      heard += chunk
      if (heard.length > MAX_LINE) socket.destroy()
      for (let end = heard.indexOf('\n'); end >= 0; end = heard.indexOf('\n')) {
        say(socket, answer(heard.slice(0, end).replace(/\r$/, '')))
        heard = heard.slice(end + 1)
      }
    })
  }

  function say(socket: Socket, answer: string | undefined): void {
    if (illness === 'hung' || answer === undefined || socket.writableEnded) return
    if (speech.closes) socket.end(answer, 'latin1')
    else socket.write(answer, 'latin1')
  }

  function stop(): Promise<void> {
    for (const socket of sockets) socket.resetAndDestroy()
    return new Promise((resolve) => {
      if (server.listening) server.close(() => resolve())
      else resolve()
    })
  }

  async function recover(): Promise<void> {
    illness = undefined
    if (server.listening) return
    server = createServer(serve)
    await listen(server, port)
  }

  return {
    name,
    port,
    recover,
    async fallIll(kind) {
      illness = kind
      if (kind === 'stopped') await stop()
    },
    close: stop,
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
