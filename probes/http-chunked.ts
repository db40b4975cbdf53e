/** Longest chunk-size line accepted, extensions included. */
const SIZE_LINE_LIMIT = 1024

/**
 * Takes the chunked coding apart (RFC 9112 section 7.1); lines may end in a bare LF. Trailers are
 * not read.
 */
export class ChunkedDecoder {
  /** The last chunk came. */
  done = false
  /** What broke the coding, if something did. */
  problem: string | undefined
  #line = ''
  #left = 0
  /** Between a chunk's data and the line end that closes it. */
  #closing = false

  /** Decodes the next bytes; the pieces are views into them. */
  feed(bytes: Buffer): Buffer[] {
    const pieces: Buffer[] = []
    let at = 0
    while (at < bytes.length && !this.done && this.problem === undefined) {
      if (this.#left > 0) {
        const piece = bytes.subarray(at, at + this.#left)
        pieces.push(piece)
        this.#left -= piece.length
        at += piece.length
        this.#closing = this.#left === 0
      } else {
        at = this.#readLine(bytes, at)
      }
    }
    return pieces
  }

  #readLine(bytes: Buffer, from: number): number {
    const newline = bytes.indexOf(10, from)
    const end = newline < 0 ? bytes.length : newline
    this.#line += bytes.toString('latin1', from, Math.min(end, from + SIZE_LINE_LIMIT + 1))
    if (this.#line.length > SIZE_LINE_LIMIT) this.problem = 'a chunk-size line has no end'
    if (newline < 0 || this.problem !== undefined) return bytes.length
    this.#takeLine(this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line)
    this.#line = ''
    return newline + 1
  }

  #takeLine(line: string): void {
    if (this.#closing) {
      this.#closing = false
      if (line !== '') this.problem = 'a chunk is longer than it says'
      return
    }
    const size = /^\s*([0-9a-f]{1,12})\s*(?:;.*)?$/i.exec(line)?.[1]
    if (size === undefined) this.problem = `want a chunk size, got ${JSON.stringify(line)}`
    else {
      this.#left = Number.parseInt(size, 16)
      this.done = this.#left === 0
    }
  }
}
