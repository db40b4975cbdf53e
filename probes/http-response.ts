import { ChunkedDecoder } from './http-chunked.ts'
import { contentLength, endOfHead, isChunked } from './http-head.ts'
import { show } from './show.ts'

/** Bytes of status line and headers, interim responses included. */
export const HEAD_LIMIT = 65_536
/** Bytes of body that are kept and matched; what comes after is not read. */
export const BODY_LIMIT = 262_144
/** Bytes of everything, so that tiny chunks with long extensions end too. */
export const RESPONSE_LIMIT = 1_048_576

/** Why a response is no good: a stable code and a text for people. */
export interface ResponseProblem {
  readonly code: string
  readonly detail: string
}

/**
 * Reads one HTTP/1.x response from chunks cut anywhere. Lenient where a browser is: bare LF line
 * ends, no reason phrase, blank lines before the status line, doubled or odd headers (RFC 9112
 * sections 2.2 and 6.3).
 */
export class ResponseReader {
  /** 0 until the status line is known. */
  status = 0
  reason = ''
  problem: ResponseProblem | undefined
  readonly #wantBody: boolean
  readonly #isHead: boolean
  #head = ''
  #inBody = false
  #total = 0
  readonly #body: Buffer[] = []
  #bodyLength = 0
  /** Bytes still to come; `Infinity` when only the close ends the body. */
  #left = Number.POSITIVE_INFINITY
  #chunked: ChunkedDecoder | undefined

  /** `method` is the request's: a HEAD has no body. Without `wantBody` the head is the end. */
  constructor(method: string, wantBody: boolean) {
    this.#wantBody = wantBody
    this.#isHead = method === 'HEAD'
  }

  /** Body so far, at most `BODY_LIMIT` bytes. */
  get body(): Buffer {
    return Buffer.concat(this.#body)
  }

  /** Takes the next bytes; true when nothing more is needed: complete, or `problem` is set. */
  feed(bytes: Buffer): boolean {
    this.#total += bytes.length
    const done = this.#inBody ? this.#feedBody(bytes) : this.#feedHead(bytes)
    if (done || this.problem !== undefined) return true
    if (this.#total < RESPONSE_LIMIT) return false
    return this.#fail('http.too-big', `want at most ${RESPONSE_LIMIT} bytes, got more`)
  }

  /** The server closed: the end of a body without a length, an early end of anything else. */
  close(): void {
    if (this.#inBody && this.#chunked === undefined && this.#left === Number.POSITIVE_INFINITY)
      return
    if (this.#inBody) {
      this.#fail('http.truncated', `closed in the body, after ${this.#bodyLength} bytes`)
    } else {
      this.#fail('http.closed', `closed ${this.#head === '' ? 'without an answer' : 'in the head'}`)
    }
  }

  #feedHead(bytes: Buffer): boolean {
    const before = this.#head.length
    this.#head += bytes.toString('latin1')
    let skipped = 0
    if (before === 0) {
      this.#head = this.#head.replace(/^[\r\n]+/, '')
      skipped = bytes.length - this.#head.length
    }
    let searchFrom = Math.max(0, before - 2)
    for (;;) {
      if (!MAGIC.startsWith(this.#head.slice(0, MAGIC.length))) return this.#garbage()
      const end = endOfHead(this.#head, searchFrom)
      if (end > HEAD_LIMIT || (end < 0 && this.#head.length > HEAD_LIMIT))
        return this.#fail('http.head-too-big', `want at most ${HEAD_LIMIT} bytes of head, got more`)
      if (end < 0) return false
      const line = STATUS_LINE.exec(this.#head)
      if (line === null) return this.#garbage()
      this.status = Number(line[1])
      this.reason = line[2] ?? ''
      const isInterim = this.status < 200 && this.status >= 100 && this.status !== 101
      if (!isInterim) return this.#startBody(bytes.subarray(end - before + skipped), end)
      this.#head = this.#head.slice(end)
      skipped += end
      searchFrom = 0
    }
  }

  #startBody(rest: Buffer, headEnd: number): boolean {
    const bodiless = this.#isHead || this.status === 204 || this.status === 304
    if (!this.#wantBody || bodiless) return true
    this.#inBody = true
    const head = this.#head.slice(0, headEnd)
    if (isChunked(head)) this.#chunked = new ChunkedDecoder()
    else this.#left = contentLength(head) ?? Number.POSITIVE_INFINITY
    return this.#feedBody(rest)
  }

  #feedBody(bytes: Buffer): boolean {
    if (this.#chunked !== undefined) {
      for (const piece of this.#chunked.feed(bytes)) this.#keep(piece)
      const { problem, done } = this.#chunked
      if (problem !== undefined) return this.#fail('http.chunk', problem)
      return done || this.#bodyLength >= BODY_LIMIT
    }
    this.#keep(bytes.subarray(0, this.#left))
    this.#left -= bytes.length
    return this.#left <= 0 || this.#bodyLength >= BODY_LIMIT
  }

  /** The reader's bytes are only valid during the call, so they are copied. */
  #keep(piece: Buffer): void {
    const room = BODY_LIMIT - this.#bodyLength
    if (room <= 0 || piece.length === 0) return
    const kept = Buffer.from(piece.subarray(0, room))
    this.#body.push(kept)
    this.#bodyLength += kept.length
  }

  #garbage(): true {
    return this.#fail('http.garbage', `want HTTP/1.x, got ${show(this.#head, 60)}`)
  }

  #fail(code: string, detail: string): true {
    this.problem = { code, detail }
    return true
  }
}

const MAGIC = 'HTTP/'
const STATUS_LINE = /^HTTP\/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?[ \t]*\r?\n/
