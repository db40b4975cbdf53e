import type { Socket } from 'node:net'

/** How long a connection may outlive its verdict for a polite end, in milliseconds. */
const LINGER_MS = 500

/** Says the last words and lets the server close first for a moment. */
export function endPolitely(socket: Socket, lastWords: string): void {
  socket.end(lastWords)
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.once('close', () => clearTimeout(timer))
}
