import type { ChallengeLogin } from './challenge-login.ts'
import type { Demand, Talk } from './talk.ts'

/** What a server answered to one request. */
export interface RtspAnswer {
  /** Status line and headers, joined by line feeds. */
  readonly head: string
  readonly status: number
  readonly body: string
}

const GARBAGE: Demand = {
  pattern: /^RTSP\/[12]\.\d \d{3}/,
  code: 'rtsp.garbage',
  want: 'RTSP/1.0',
}

/**
 * Asks one thing after the other on one connection (RFC 2326); numbers them and logs in when asked
 * to.
 */
export class RtspSession {
  readonly #talk: Talk
  readonly #login: ChallengeLogin | undefined
  #cseq = 0

  constructor(talk: Talk, login: ChallengeLogin | undefined) {
    this.#talk = talk
    this.#login = login
  }

  /**
   * Asks and waits for status 200.
   *
   * @throws CheckError `code` for another status, `rtsp.auth` when the login is refused or there is
   * none.
   */
  async ask(method: string, url: string, code: string, ...headers: string[]): Promise<RtspAnswer> {
    let answer = await this.#exchange(method, url, headers)
    if (answer.status === 401 && this.#login?.challenge(challengesOf(answer)) === true) {
      answer = await this.#exchange(method, url, headers)
    }
    const failure = answer.status === 401 ? 'rtsp.auth' : code
    const want = `status 200 to ${method}`
    this.#talk.demand(answer.head, { pattern: /^RTSP\/\S+ 200\b/, code: failure, want })
    return answer
  }

  async #exchange(method: string, url: string, headers: readonly string[]): Promise<RtspAnswer> {
    this.#cseq += 1
    const proof = this.#login?.authorize(method, url)
    const lines = [
      `${method} ${url} RTSP/1.0`,
      `CSeq: ${this.#cseq}`,
      'User-Agent: lvs-warden',
      ...headers,
      ...(proof === undefined ? [] : [`Authorization: ${proof}`]),
    ]
    const secrets = proof === undefined ? [] : [proof.slice(proof.indexOf(' ') + 1)]
    this.#talk.send(`${lines.join('\r\n')}\r\n\r\n`, ...secrets)
    const head = await this.#talk.reply('head', `answer to ${method}`)
    // RFC 2326 section 12.17: the answer carries the number of its request.
    const cseq = new RegExp(`^CSeq:[ \\t]*${this.#cseq}[ \\t]*$`, 'im')
    const want = `CSeq: ${this.#cseq}`
    this.#talk.demand(head, GARBAGE, { pattern: cseq, code: 'rtsp.cseq', want })
    const length = Number(headerOf(head, 'Content-Length') ?? 0)
    const reader = this.#talk.connection.expecting(`body of the answer to ${method}`)
    const body = length > 0 ? await reader.readBytes(length) : ''
    return { head, body, status: Number(head.slice(9, 12)) }
  }
}

/** The value of the first header of this name. */
export function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'im').exec(head)?.[1]
}

function challengesOf({ head }: RtspAnswer): readonly string[] {
  return [...head.matchAll(/^WWW-Authenticate:(.*)$/gim)].map(([, value = '']) => value)
}
