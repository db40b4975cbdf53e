/** One message of a stream of server-sent events. */
export interface SseMessage {
  readonly event: string
  readonly data: string
  readonly id?: string
}

/** A daemon's whole status is well below; whatever is longer is none of ours. */
const MAX_CHARACTERS = 256 * 1024 * 1024

/** Takes pieces of a stream and calls with each whole message (WHATWG HTML section 9.2.6). */
export function createSseParser(onMessage: (message: SseMessage) => void): (text: string) => void {
  let rest = ''
  let event = ''
  let data: string[] = []
  let id: string | undefined

  function take(line: string): void {
    if (line === '') {
      if (data.length > 0) {
        const message = { event: event || 'message', data: data.join('\n') }
        onMessage({ ...message, ...(id !== undefined && { id }) })
      }
      event = ''
      data = []
      return
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
    else if (field === 'id') id = value
  }

  return (text) => {
    rest += text
    if (rest.length > MAX_CHARACTERS) throw new Error('a message without an end')
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
}
