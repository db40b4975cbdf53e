import type { LineSearch } from './line-search.ts'

/** Bytes of one line, its end included. */
export const LINE_LIMIT = 8192
/** Bytes a server may say in one dialogue. */
export const DIALOGUE_LIMIT = 131_072

const LONG_LINE = `a line of more than ${LINE_LIMIT} bytes`

/** A part of the text that is complete, and what comes behind it. */
interface Part {
  readonly part: string
  readonly rest: string
}

/** Cuts its part off the text, or says that it is not there yet; `isEnd` when no more will come. */
type Take = (text: string, isEnd: boolean) => Part | undefined

interface Waiter {
  readonly take: Take
  readonly resolve: (part: string) => void
  readonly reject: (error: unknown) => void
}

/**
 * Cuts what a server says, however the network chops it, into the parts that are asked for, one at
 * a time.
 */
export class TextReader {
  /** Makes the error for a server that says too much, and sees to it that it says no more. */
  readonly #tooBig: (got: string) => Error
  #text = ''
  #total = 0
  #limit = DIALOGUE_LIMIT
  #waiter: Waiter | undefined
  #isEnd = false
  #broken: Error | undefined

  constructor(tooBig: (got: string) => Error) {
    this.#tooBig = tooBig
  }

  /** True when nothing was heard that nobody asked for yet. */
  get isEmpty(): boolean {
    return this.#text === ''
  }

  /** Bytes that came, as Latin-1 characters. */
  feed(text: string): void {
    this.#total += text.length
    this.#text += text
    if (this.#total > this.#limit) this.break(this.#tooBig(`more than ${this.#limit} bytes`))
    else this.#serve()
  }

  /**
   * No more will come. What is here already is still handed out; then everyone gets the error, but
   * those who read to the end when the server closed its side and did not break off.
   */
  break(error: Error, isEnd = false): void {
    if (this.#broken !== undefined) return
    this.#broken = error
    this.#isEnd = isEnd
    this.#serve()
  }

  /** The next line without its end (LF or CRLF). */
  readLine(): Promise<string> {
    return this.#read((text) => {
      const newline = text.indexOf('\n')
      const length = newline < 0 ? text.length : newline + 1
      if (length > LINE_LIMIT) throw this.#tooBig(LONG_LINE)
      if (newline < 0) return undefined
      const end = text[newline - 1] === '\r' ? newline - 1 : newline
      return { part: text.slice(0, end), rest: text.slice(newline + 1) }
    })
  }

  /** So many bytes. */
  readBytes(count: number): Promise<string> {
    if (!(count <= DIALOGUE_LIMIT)) return Promise.reject(this.#tooBig(`one of ${count} bytes`))
    return this.#read((text) =>
      text.length < count ? undefined : { part: text.slice(0, count), rest: text.slice(count) },
    )
  }

  /** All until the server closes its side, or the first `limit` bytes of it. */
  readToEnd(limit: number): Promise<string> {
    this.#limit = Number.POSITIVE_INFINITY
    const take: Take = (text, isEnd) =>
      isEnd || text.length >= limit ? { part: text.slice(0, limit), rest: '' } : undefined
    return this.#read(take)
  }

  /**
   * The first match of a user's pattern; `missing` makes the error of a server that says other
   * things and closes.
   */
  search(search: LineSearch, missing: (last: string) => Error): Promise<string> {
    return this.#read((text, isEnd) => {
      const { found, rest } = search.take(text, this.#tooBig)
      if (found !== undefined) return { part: found, rest }
      if (isEnd && search.last !== '') throw missing(search.last)
      if (rest.length > LINE_LIMIT) throw this.#tooBig(LONG_LINE)
      this.#text = rest
      return undefined
    })
  }

  #read(take: Take): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiter = { take, resolve, reject }
      this.#serve()
    })
  }

  #serve(): void {
    const waiter = this.#waiter
    if (waiter === undefined) return
    try {
      const taken = waiter.take(this.#text, this.#isEnd)
      if (taken === undefined && this.#broken !== undefined) throw this.#broken
      if (taken === undefined) return
      this.#text = taken.rest
      this.#waiter = undefined
      waiter.resolve(taken.part)
    } catch (error) {
      this.#waiter = undefined
      waiter.reject(error)
    }
  }
}
