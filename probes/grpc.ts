import { z } from 'zod'
import { type CheckContext, defineCheck, fail, type Outcome, pass, type Target } from './check.ts'
import { callGrpc } from './grpc-call.ts'
import { HEALTH_CHECK, healthRequest, MESSAGE_LIMIT, readHealth } from './grpc-health.ts'
import type { GrpcAnswer } from './grpc-stream.ts'
import { formatTarget } from './network-error.ts'
import { show } from './show.ts'
import { type TlsSettings, tlsOptions, tlsSettings } from './tls-settings.ts'

const options = z.strictObject({
  service: z
    .string()
    .regex(/^[\w./-]{0,255}$/, 'want a service name: shop.v1.Cart')
    .default('')
    .describe('Service whose health is asked for; empty: that of the whole server.'),
  host: z
    .string()
    .regex(/^[\w.:[\]-]{1,255}$/, 'want a host name, and a port if needed')
    .optional()
    .describe('Authority of the call; default: the address that is checked, with its port.'),
})

const tlsForm = options.extend(tlsOptions)

type GrpcOptions = z.infer<typeof options>

const codes = {
  'grpc.not-serving': 'The service says NOT_SERVING.',
  'grpc.unknown': 'The service says UNKNOWN, or a status that nobody knows.',
  'grpc.service-unknown': 'The server does not know the service.',
  'grpc.unimplemented': 'The server offers no health checking.',
  'grpc.status': 'The call ended with another error of gRPC.',
  'grpc.http-status': 'The HTTP status is not 200.',
  'grpc.http2': 'The server does not speak HTTP/2, or broke its rules.',
  'grpc.garbage': 'The answer is no answer of gRPC health checking.',
  'grpc.too-big': 'The answer is larger than it may be.',
}

/**
 * Passes when the server's health service (grpc.health.v1) says SERVING; nothing else is called.
 */
export const grpc = defineCheck<GrpcOptions>({
  kind: 'grpc',
  summary:
    'Passes when gRPC health checking (grpc.health.v1, Check) says SERVING, over plain HTTP/2.',
  options,
  example: '{ type: grpc, port: 50051, service: shop.v1.Cart }',
  codes,
  run: (target, settings, context) => run(target, undefined, settings, context),
})

/** The same over TLS. */
export const grpcs = defineCheck<z.infer<typeof tlsForm>>({
  kind: 'grpcs',
  summary: 'The same as `grpc`, over TLS.',
  options: tlsForm,
  example: '{ type: grpcs, host: cart.shop.example }',
  codes,
  async run(target, settings, context) {
    const { sni, host, ca, insecure } = settings
    const name = sni ?? host?.replace(/:\d+$/, '') ?? target.address
    return run(target, tlsSettings(name, ca, insecure), settings, context)
  },
})

async function run(
  target: Target,
  tls: TlsSettings | undefined,
  { service, host }: GrpcOptions,
  context: CheckContext,
): Promise<Outcome> {
  const { transcript } = context
  const authority = host ?? formatTarget(target)
  transcript?.sent(`POST ${HEALTH_CHECK} { service: "${service}" } to ${authority}`)
  const message = healthRequest(service)
  const call = { path: HEALTH_CHECK, authority, message, limit: MESSAGE_LIMIT }
  const answer = await callGrpc(call, target, tls, context)
  const said = readHealth(answer.message)
  const { ':status': status } = answer.headers
  const shown = `grpc-status ${answer.trailers['grpc-status'] ?? 'none'}`
  transcript?.received(show(`HTTP ${status}, ${shown}, ${said ?? 'no message'}`))
  return judge(answer, said)
}

function judge({ headers, trailers }: GrpcAnswer, said: string | number | undefined): Outcome {
  const { ':status': status, 'content-type': type = 'none' } = headers
  if (status !== 200) return fail('protocol', 'grpc.http-status', `want HTTP 200, got ${status}`)
  if (!type.startsWith('application/grpc')) {
    return fail('protocol', 'grpc.garbage', `want application/grpc, got ${show(type)}`)
  }
  const result = String(trailers['grpc-status'] ?? 'none')
  if (result !== '0') return refused(result, String(trailers['grpc-message'] ?? ''))
  if (said === 'SERVING') return pass('SERVING')
  if (said === undefined) return fail('protocol', 'grpc.garbage', 'want a health status, got none')
  const code = said === 'NOT_SERVING' ? 'grpc.not-serving' : (OTHER_HEALTH[said] ?? 'grpc.unknown')
  return fail('content', code, `want SERVING, got ${said}`)
}

const OTHER_HEALTH: Readonly<Record<string, string>> = { SERVICE_UNKNOWN: 'grpc.service-unknown' }

/** 5 is NOT_FOUND, which the health protocol gives for an unknown service; 12 is UNIMPLEMENTED. */
function refused(result: string, message: string): Outcome {
  const got = `got grpc-status ${show(result, 10)}${message === '' ? '' : `: ${show(message)}`}`
  if (result === '5') return fail('content', 'grpc.service-unknown', `want SERVING, ${got}`)
  const code = result === '12' ? 'grpc.unimplemented' : 'grpc.status'
  return fail('protocol', code, `want grpc-status 0, ${got}`)
}
