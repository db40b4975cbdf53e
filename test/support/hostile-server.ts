import { createServer, type Server, type Socket } from 'node:net'
import type { Target } from '../../probes/check.ts'

/** What a hostile server does with each connection. */
export type Behaviour = (socket: Socket) => void

/** A hostile server under test. */
export interface HostileServer {
  readonly target: Target
  /** Bytes that it managed to send, all connections together. */
  sentBytes(): number
  /** Connections that are open now. */
  openConnections(): number
  close(): Promise<void>
}

/** Starts one on a free port of `127.0.0.1` or `::1`. */
export async function startHostileServer(
  behaviour: Behaviour,
  family: 4 | 6 = 4,
): Promise<HostileServer> {
  const open = new Set<Socket>()
  let sentBefore = 0
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sentBefore += socket.bytesWritten
      open.delete(socket)
    })
    behaviour(socket)
  })
  const address = family === 4 ? '127.0.0.1' : '::1'
  const port = await listen(server, address)
  return {
    target: { address, family, port },
    sentBytes: () => [...open].reduce((sum, socket) => sum + socket.bytesWritten, sentBefore),
    openConnections: () => open.size,
    close: () => closeServer(server, open),
  }
}

/** Accepts and never says a word. */
export function hangs(socket: Socket): void {
  socket.resume()
}

/** Closes politely as soon as someone connects. */
export function closesAtOnce(socket: Socket): void {
  socket.end()
}

/** Resets as soon as someone connects. */
export function resetsAtOnce(socket: Socket): void {
  socket.resetAndDestroy()
}

/** Says something first, and then resets. */
export function saysThenResets(text: string): Behaviour {
  return (socket) => {
    socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 20))
    socket.resume()
  }
}

/** Says something at once and closes. */
export function saysThenCloses(text: string): Behaviour {
  return (socket) => {
    socket.end(text)
    socket.resume()
  }
}

/** Says something at once and then nothing more. */
export function saysThenHangs(text: string): Behaviour {
  return (socket) => {
    socket.write(text)
    socket.resume()
  }
}

/** Answers each thing it hears with the next text; resets when it has none left. */
export function answersThenResets(...answers: readonly string[]): Behaviour {
  return (socket) => {
    const left = [...answers]
    socket.on('data', () => {
      const next = left.shift()
      if (next === undefined) socket.resetAndDestroy()
      else socket.write(next)
    })
  }
}

/** Says a greeting at once, then answers each thing it hears with the next text, then resets. */
export function greetsAndAnswers(greeting: string, ...answers: readonly string[]): Behaviour {
  return (socket) => {
    socket.write(greeting)
    answersThenResets(...answers)(socket)
  }
}

/** Sends a start and then one letter without end, as fast as it is taken, never a line end. */
export function endlessLine(start = ''): Behaviour {
  const block = Buffer.alloc(65_536, 'x')
  return (socket) => {
    const pour = (): void => {
      while (!socket.destroyed && socket.write(block));
    }
    socket.write(start)
    socket.on('drain', pour)
    socket.resume()
    pour()
  }
}

/** Sends lines without end. */
export function endlessLines(line: string): Behaviour {
  const block = Buffer.from(line.repeat(Math.ceil(65_536 / line.length)))
  return (socket) => {
    const pour = (): void => {
      while (!socket.destroyed && socket.write(block));
    }
    socket.on('drain', pour)
    socket.resume()
    pour()
  }
}

/** Sends a text again and again, one byte every few milliseconds. */
export function drips(text: string, everyMs = 5): Behaviour {
  return (socket) => {
    let at = 0
    const timer = setInterval(() => {
      socket.write(text.charAt(at % text.length))
      at += 1
    }, everyMs)
    socket.on('close', () => clearInterval(timer))
    socket.resume()
  }
}

/** Bytes that are no protocol at all, line ends among them. */
export function garbage(socket: Socket): void {
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + 13) & 0xff))
  socket.write(bytes)
  socket.resume()
}

/** A port of this address that nobody listens on. */
export async function closedPort(family: 4 | 6 = 4): Promise<Target> {
  const server = await startHostileServer(hangs, family)
  await server.close()
  return server.target
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, address, () => {
      const bound = server.address()
      if (bound !== null && typeof bound === 'object') resolve(bound.port)
    })
  })
}

function closeServer(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of open) socket.destroy()
  })
}
