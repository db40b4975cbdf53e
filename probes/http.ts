import { type CheckContext, defineCheck, fail, type Outcome, pass, type Target } from './check.ts'
import { type HttpOptions, type HttpsOptions, httpOptions, httpsOptions } from './http-options.ts'
import { type HttpPlan, httpPlan, maskSecrets, requestOf } from './http-plan.ts'
import { ResponseReader } from './http-response.ts'
import { formatTarget } from './network-error.ts'
import { type OpenSocket, openSocket } from './open-socket.ts'
import { printable, show } from './show.ts'
import { type TlsSettings, tlsSettings } from './tls-settings.ts'

/** Passes when the answer has a wanted status and, if asked, a fitting body. Redirects are not followed. */
export const http = defineCheck<HttpOptions>({
  kind: 'http',
  summary: 'Passes when an HTTP/1.1 request gets a wanted status and, if asked, a fitting body.',
  options: httpOptions,
  run: (target, options, context) => exchange(target, options, undefined, 80, context),
})

/** As `http`, over TLS: the certificate must verify and fit `sni`, else `host`, else the address. */
export const https = defineCheck<HttpsOptions>({
  kind: 'https',
  summary: 'As `http`, over TLS whose certificate must verify.',
  options: httpsOptions,
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
  { deadline, transcript }: CheckContext,
): Promise<Outcome> {
  const plan = httpPlan(options)
  const wantBody = plan.body !== undefined || plan.notBody !== undefined
  const reader = new ResponseReader(options.method, wantBody)
  return new Promise((resolve) => {
    const finish = (socket: OpenSocket): void => {
      socket.reset()
      resolve(judge(reader, plan, target))
    }
    const socket = openSocket(target, tls, deadline, {
      phase: 'http',
      waitsFor: 'complete answer',
      onReady() {
        const request = requestOf(plan, target, defaultPort)
        transcript?.sent(maskSecrets(printable(request)))
        socket.raw.write(request, 'latin1')
      },
      onBytes(bytes) {
        transcript?.received(printable(bytes.toString()))
        if (reader.feed(bytes)) finish(socket)
      },
      endsEarly() {
        reader.close()
        finish(socket)
        return false
      },
      onBroken: resolve,
    })
  })
}

function judge(reader: ResponseReader, plan: HttpPlan, target: Target): Outcome {
  const { status, reason, problem } = reader
  if (problem !== undefined) {
    return fail('protocol', problem.code, `${formatTarget(target)}: ${problem.detail}`)
  }
  const got = reason === '' ? `HTTP ${status}` : `HTTP ${status} ${show(reason, 60)}`
  if (!plan.accepts(status)) {
    return fail('protocol', 'http.status', `want status ${plan.wantedStatus}, got ${got}`)
  }
  if (plan.body === undefined && plan.notBody === undefined) return pass(got)
  const body = reader.body.toString()
  if (plan.body?.test(body) === false) {
    return fail('content', 'http.body', `want body /${plan.body.source}/, got ${show(body)}`)
  }
  const unwanted = plan.notBody?.exec(body)?.[0]
  return unwanted === undefined
    ? pass(got)
    : fail(
        'content',
        'http.body',
        `want no /${plan.notBody?.source}/ in the body, got ${show(unwanted)}`,
      )
}
