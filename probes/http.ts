import { type CheckContext, defineCheck, type Outcome, type Target } from './check.ts'
import { judge } from './http-judge.ts'
import {
  HTTP_CODES,
  type HttpOptions,
  type HttpsOptions,
  httpOptions,
  httpsOptions,
} from './http-options.ts'
import { type HttpPlan, httpPlan, maskSecrets, requestOf } from './http-plan.ts'
import { ResponseReader } from './http-response.ts'
import { OpenSocket, type SocketUser } from './open-socket.ts'
import { printable } from './show.ts'
import { type TlsSettings, tlsSettings } from './tls-settings.ts'

/** Passes when the answer has a wanted status and a fitting body. Redirects are not followed. */
export const http = defineCheck<HttpOptions>({
  kind: 'http',
  summary: 'Passes when an HTTP/1.1 request gets a wanted status and, if asked, a fitting body.',
  options: httpOptions,
  example: '{ type: http, path: /health, expect: { status: 200-299, body: "^ready" } }',
  codes: HTTP_CODES,
  run: (target, options, context) => exchange(target, options, undefined, 80, context),
})

/** As `http`, over TLS: the certificate must verify and fit `sni`, `host` or the address. */
export const https = defineCheck<HttpsOptions>({
  kind: 'https',
  summary: 'As `http`, over TLS whose certificate must verify.',
  options: httpsOptions,
  example: '{ type: https, path: /health, host: shop.example, slowAfter: 500ms }',
  codes: HTTP_CODES,
  async run(target, options, context) {
    const { sni, host, ca, insecure } = options
    const name = sni ?? host?.replace(/:\d+$/, '') ?? target.address
    return exchange(target, options, tlsSettings(name, ca, insecure), 443, context)
  },
})

function exchange(
  target: Target,
  options: HttpOptions,
  tls: TlsSettings | undefined,
  defaultPort: number,
  context: CheckContext,
): Promise<Outcome> {
  return new Promise((resolve) => {
    new Exchange(target, options, defaultPort, context, resolve).start(tls)
  })
}

/** One request and its response; an object without closures, because of how many there are. */
class Exchange implements SocketUser {
  readonly phase = 'http'
  readonly waitsFor = 'complete answer'
  readonly onBroken: (outcome: Outcome) => void
  readonly #target: Target
  readonly #plan: HttpPlan
  readonly #defaultPort: number
  readonly #context: CheckContext
  readonly #reader: ResponseReader
  #socket: OpenSocket | undefined

  constructor(
    target: Target,
    options: HttpOptions,
    defaultPort: number,
    context: CheckContext,
    onDone: (outcome: Outcome) => void,
  ) {
    this.onBroken = onDone
    this.#target = target
    this.#plan = httpPlan(options)
    this.#defaultPort = defaultPort
    this.#context = context
    this.#reader = new ResponseReader(options.method, this.#plan.wantsBody)
  }

  start(tls: TlsSettings | undefined): void {
    this.#socket = new OpenSocket(this.#target, tls, this.#context.deadline, this)
  }

  onReady(): void {
    const request = requestOf(this.#plan, this.#target, this.#defaultPort)
    this.#context.transcript?.sent(maskSecrets(printable(request)))
    this.#socket?.raw.write(request, 'latin1')
  }

  onBytes(bytes: Buffer): void {
    this.#context.transcript?.received(printable(bytes.toString()))
    if (this.#reader.feed(bytes)) this.#finish()
  }

  endsEarly(): boolean {
    this.#reader.close()
    this.#finish()
    return false
  }

  #finish(): void {
    this.#socket?.reset()
    this.onBroken(judge(this.#reader, this.#plan, this.#target))
  }
}
