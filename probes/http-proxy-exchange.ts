import { type CheckContext, fail, type Outcome, pass, type Target } from './check.ts'
import { judge } from './http-judge.ts'
import { maskSecrets } from './http-plan.ts'
import { connectRequest, type ProxyPlan, withCredentials } from './http-proxy-plan.ts'
import { ResponseReader } from './http-response.ts'
import { OpenSocket, type SocketUser } from './open-socket.ts'
import { printable, show } from './show.ts'
import type { TlsSettings } from './tls-settings.ts'

/** What one exchange needs besides its plan. */
export interface ProxyMeans {
  /** `user:password` at the proxy. */
  readonly login: string | undefined
  /** For the far end of a tunnel that goes on over TLS. */
  readonly tls: TlsSettings | undefined
  readonly context: CheckContext
}

/** Fetches what the plan says; the outcome's codes begin with `http-proxy.`. */
export function fetchThroughProxy(
  target: Target,
  plan: ProxyPlan,
  means: ProxyMeans,
): Promise<Outcome> {
  return new Promise((resolve) => {
    new Exchange(target, plan, means, resolve).start()
  })
}

/** The code of this check for one of `http`. */
export function proxyCode(code: string): string {
  return code.replace(/^http\./, 'http-proxy.')
}

/** CONNECT and TLS first where a tunnel is needed, then one request and its response. */
class Exchange implements SocketUser {
  readonly phase = 'http-proxy'
  waitsFor = 'complete answer'
  readonly onBroken: (outcome: Outcome) => void
  readonly #target: Target
  readonly #plan: ProxyPlan
  readonly #means: ProxyMeans
  #reader: ResponseReader
  #isTunnelling: boolean
  #socket: OpenSocket | undefined

  constructor(
    target: Target,
    plan: ProxyPlan,
    means: ProxyMeans,
    onDone: (outcome: Outcome) => void,
  ) {
    this.onBroken = onDone
    this.#target = target
    this.#plan = plan
    this.#means = means
    this.#isTunnelling = plan.way !== 'http'
    this.#reader = this.#isTunnelling ? new ResponseReader('CONNECT', false) : this.#answerReader()
  }

  start(): void {
    this.#socket = new OpenSocket(this.#target, undefined, this.#means.context.deadline, this)
  }

  onReady(): void {
    const { login, context } = this.#means
    const request = this.#isTunnelling ? connectRequest(this.#plan) : this.#plan.request
    // Credentials are for the proxy alone, not for whoever is at the far end of a tunnel.
    const isForProxy = this.#isTunnelling || this.#plan.way === 'http'
    const whole = isForProxy ? withCredentials(request, login) : request
    context.transcript?.sent(maskSecrets(printable(whole)))
    this.#socket?.raw.write(whole, 'latin1')
  }

  onBytes(bytes: Buffer): void {
    this.#means.context.transcript?.received(printable(bytes.toString()))
    if (this.#reader.feed(bytes)) this.#finish()
  }

  endsEarly(): boolean {
    this.#reader.close()
    this.#finish()
    return false
  }

  #answerReader(): ResponseReader {
    return new ResponseReader(this.#plan.method, this.#plan.http.wantsBody)
  }

  #finish(): void {
    const { tls } = this.#means
    if (this.#isTunnelling && this.#hasTunnel() && tls !== undefined) {
      this.#isTunnelling = false
      this.#reader = this.#answerReader()
      this.#socket?.startTls(tls)
      return
    }
    this.#socket?.reset()
    this.onBroken(this.#isTunnelling ? this.#verdictOnTunnel() : this.#verdictOnAnswer())
  }

  #hasTunnel(): boolean {
    const { problem, status } = this.#reader
    return problem === undefined && status >= 200 && status < 300
  }

  #verdictOnTunnel(): Outcome {
    const { status, reason, problem } = this.#reader
    const { authority } = this.#plan
    if (this.#hasTunnel()) return pass(`tunnel to ${authority}`)
    if (problem !== undefined) return fail('protocol', proxyCode(problem.code), problem.detail)
    const code = status === 407 ? 'http-proxy.auth' : 'http-proxy.tunnel'
    const got = `got HTTP ${status} ${show(reason, 60)}`
    return fail('protocol', code, `want a tunnel to ${authority}, ${got}`)
  }

  #verdictOnAnswer(): Outcome {
    const outcome = judge(this.#reader, this.#plan.http, this.#target)
    if (outcome.outcome !== 'fail') return outcome
    const isRefused = this.#plan.way === 'http' && this.#reader.status === 407
    return { ...outcome, code: isRefused ? 'http-proxy.auth' : proxyCode(outcome.code) }
  }
}
