import type { TLSSocket } from 'node:tls'
import { z } from 'zod'
import { certificateChain } from './certificate-chain.ts'
import { type CheckContext, defineCheck, degraded, fail, type Outcome, pass } from './check.ts'
import { OpenSocket } from './open-socket.ts'
import { show } from './show.ts'
import { type TlsSettings, tlsOptions, tlsSettings } from './tls-settings.ts'

const DAY_MS = 86_400_000

const days = z.int().min(0).max(3650)
const file = z.string().startsWith('/', 'want an absolute path')

const options = z
  .strictObject({
    ...tlsOptions,
    warnDays: days
      .default(14)
      .describe(
        'A certificate of the chain that ends within so many days is a warning: degraded, with ' +
          'all of the weight.',
      ),
    failDays: days
      .default(0)
      .describe('A certificate of the chain that ends within so many days is a failure.'),
    alpn: z
      .array(z.string().min(1).max(255))
      .min(1)
      .optional()
      .describe('Protocols to offer (ALPN), of which the server must take one: [h2, http/1.1].'),
    minVersion: z
      .enum(['TLSv1.2', 'TLSv1.3'])
      .default('TLSv1.2')
      .describe('Oldest version of TLS that passes.'),
    cert: file
      .optional()
      .describe('PEM file with the certificate that we show, and its chain; absolute path.'),
    key: file.optional().describe('PEM file with the key of `cert`; absolute path.'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    path: ['key'],
    message: 'want cert and key together',
  })

type TlsCheckOptions = z.infer<typeof options>

/**
 * Passes when a TLS handshake succeeds, the certificates verify and none of them ends soon. Nothing
 * is said after the handshake, so with TLS 1.3 a server's refusal of our own certificate is not
 * seen.
 */
export const tls = defineCheck<TlsCheckOptions>({
  kind: 'tls',
  summary:
    'Passes when a TLS handshake succeeds, the chain and the name verify, and no certificate ' +
    'ends soon.',
  options,
  example: '{ type: tls, sni: shop.example, warnDays: 21, failDays: 3, interval: 60s }',
  codes: {
    'tls.expiring': 'Degraded to 100%: a certificate of the chain ends within `warnDays`.',
    'tls.expires': 'A certificate of the chain ends within `failDays`.',
    'tls.alpn': 'The server takes none of the protocols offered.',
    'tls.version': 'The server speaks an older version of TLS.',
  },
  async run(target, written, context) {
    const { sni, ca, insecure, alpn, cert, key } = written
    const client = cert !== undefined && key !== undefined ? { cert, key } : undefined
    const settings: TlsSettings = {
      ...tlsSettings(sni ?? target.address, ca, insecure, client),
      ...(alpn !== undefined && { ALPNProtocols: alpn }),
    }
    return new Promise<Outcome>((resolve) => {
      const socket = new OpenSocket(target, settings, context.deadline, {
        phase: 'tls',
        waitsFor: 'handshake',
        onReady() {
          const outcome = judge(socket.raw as TLSSocket, written, context)
          socket.destroy()
          resolve(outcome)
        },
        onBytes() {},
        endsEarly: () => true,
        onBroken: resolve,
      })
    })
  },
})

function judge(socket: TLSSocket, wanted: TlsCheckOptions, { transcript }: CheckContext): Outcome {
  const version = socket.getProtocol() ?? 'no TLS'
  const protocol = socket.alpnProtocol || 'none'
  const chain = certificateChain(socket)
  transcript?.note(`${version}, ${socket.getCipher().name}, ALPN ${protocol}`)
  for (const { name, ends } of chain) transcript?.note(`certificate ${name}, ends ${ends}`)
  if (version < wanted.minVersion) {
    return fail('tls', 'tls.version', `want ${wanted.minVersion} at least, got ${version}`)
  }
  if (wanted.alpn !== undefined && !wanted.alpn.includes(protocol)) {
    return fail('tls', 'tls.alpn', `want ${wanted.alpn.join(' or ')}, got ${show(protocol)}`)
  }
  const [first] = chain.toSorted((a, b) => a.endsAtMs - b.endsAtMs)
  if (first === undefined) return fail('tls', 'tls.handshake', 'want a certificate, got none')
  const left = Math.floor((first.endsAtMs - Date.now()) / DAY_MS)
  const detail = `${version}, certificate ${first.name} ends in ${left} days, ${first.ends}`
  if (left < wanted.failDays) return fail('tls', 'tls.expires', detail)
  return left < wanted.warnDays ? degraded(1, 'tls.expiring', detail) : pass(detail)
}
