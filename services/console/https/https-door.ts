import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Clock } from '../../shared/ports/clock.ts'
import { formatListenAddress, type ListenAddress } from '../../shared/runtime/listen-address.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { type CertificateSource, loadCertificate } from './certificate.ts'

/** Where HTTPS is spoken, and with which certificate. */
export interface HttpsOptions {
  readonly listen: ListenAddress
  readonly certificate: CertificateSource
}

/** The API's door to the network. */
export interface HttpsDoor {
  readonly server: Server
  readonly address: ListenAddress
  readonly fingerprint: string
  /** Ends the watch over the certificate's files; the server is closed by who has it. */
  release(): void
}

const RENEWAL_CHECK_MS = 60_000

/**
 * Listens. Files of a certificate are read again each minute, so that a renewal needs no restart.
 * Throws `console.certificate`, `console.https-unusable`.
 */
export async function openHttpsDoor(
  { listen, certificate }: HttpsOptions,
  serve: RequestListener,
  limits: Pick<Server, 'headersTimeout' | 'requestTimeout' | 'maxConnections'>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<HttpsDoor> {
  let present = await loadCertificate(certificate)
  const { cert, key } = present
  const server = createServer({ cert, key, minVersion: 'TLSv1.2' }, serve)
  Object.assign(server, limits)
  // A scanner that speaks no TLS is no news.
  server.on('tlsClientError', (error) => logger.debug({ error }, 'a TLS handshake failed'))
  const address = await bind(server, listen)
  const { fingerprint, isNew } = present
  const where = formatListenAddress(address)
  logger.info({ https: where, sha256: fingerprint, isNew }, 'operators are answered over HTTPS')

  async function renew(): Promise<void> {
    try {
      const fresh = await loadCertificate(certificate)
      if (fresh.fingerprint === present.fingerprint) return
      server.setSecureContext({ cert: fresh.cert, key: fresh.key, minVersion: 'TLSv1.2' })
      present = fresh
      logger.info({ sha256: fresh.fingerprint }, 'the certificate was renewed')
    } catch (error) {
      logger.warn({ error }, 'the certificate cannot be read again; the old one stays')
    }
  }

  let cancel = () => {}
  const again = () => {
    cancel = clock.after(RENEWAL_CHECK_MS, () => void renew().then(again))
  }
  if ('certFile' in certificate) again()
  return { server, address, fingerprint, release: () => cancel() }
}

function bind(server: Server, { host, port }: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const where = formatListenAddress({ host, port })
      const message = `cannot listen on ${where} for HTTPS: ${error.message}`
      reject(new ServiceError('console.https-unusable', message, { cause: error }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      const got = typeof address === 'object' && address !== null ? address.port : port
      resolve({ host, port: got })
    })
  })
}
