import type { ServerResponse } from 'node:http'

/** One reader of server-sent events (WHATWG HTML section 9.2), never waited for. */
export interface SseClient {
  /** One message; `data` is a single line. */
  send(message: { readonly event: string; readonly data: string; readonly id?: number }): void
  /** It has not taken yet what was sent. */
  isBehind(): boolean
  onDrain(listener: () => void): void
  end(): void
}

/** A reader so far behind has gone to sleep; with it goes what waits for it. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

/** Begins the answer. `onDropped` is called when the reader is too slow. */
export function createSseClient(response: ServerResponse, onDropped: () => void): SseClient {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  response.write('retry: 2000\n\n')

  function write(text: string): void {
    if (response.destroyed || response.writableEnded) return
    if (response.writableLength > MAX_WAITING_BYTES) {
      response.destroy()
      onDropped()
    } else response.write(text)
  }

  return {
    send({ event, data, id }) {
      const place = id === undefined ? '' : `id: ${id}\n`
      write(`${place}event: ${event}\ndata: ${data}\n\n`)
    },
    isBehind: () => response.writableNeedDrain,
    onDrain: (listener) => void response.on('drain', listener),
    end: () => void response.end(),
  }
}
