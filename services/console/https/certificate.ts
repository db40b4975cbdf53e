import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { ServiceError } from '../../shared/runtime/service-error.ts'

/** Where the certificate comes from: files of yours, or a folder for one that we make. */
export type CertificateSource =
  | { readonly certFile: string; readonly keyFile: string }
  | { readonly stateDir: string }

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** SHA-256 of the certificate as browsers show it: `AB:CD:…`. */
  readonly fingerprint: string
  /** It was made just now. */
  readonly isNew: boolean
}

/** Whoever pins a fingerprint should not have to do it again before the machine is replaced. */
const OWN_YEARS = 10

/**
 * Reads the certificate, or makes one at the first start. Throws `console.certificate` when it
 * cannot be read, written or used.
 */
export async function loadCertificate(source: CertificateSource): Promise<Certificate> {
  try {
    if ('certFile' in source) {
      const [cert, key] = await Promise.all([
        readFile(source.certFile, 'utf8'),
        readFile(source.keyFile, 'utf8'),
      ])
      return checked(cert, key, false)
    }
    return await ownCertificate(join(source.stateDir, 'tls'))
  } catch (error) {
    const which = 'certFile' in source ? `${source.certFile} and ${source.keyFile}` : 'our own'
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot use the certificate (${which}): ${reason}`
    throw new ServiceError('console.certificate', message, { cause: error })
  }
}

/** Key and certificate are one file, so that there is never one without the other. */
async function ownCertificate(folder: string): Promise<Certificate> {
  const file = join(folder, 'https.pem')
  const present = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (present !== undefined) return checked(present, present, false)
  const pem = await makePem()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const fresh = `${file}.new`
  await writeFile(fresh, pem, { mode: 0o600 })
  await rename(fresh, file)
  return checked(pem, pem, true)
}

async function makePem(): Promise<string> {
  const { generate } = await import('selfsigned')
  const name = hostname()
  const notAfterDate = new Date()
  notAfterDate.setFullYear(notAfterDate.getFullYear() + OWN_YEARS)
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...[...new Set([name, 'localhost'])].map((value) => ({ type: 2, value }) as const),
          ...['127.0.0.1', '::1'].map((ip) => ({ type: 7, ip }) as const),
        ],
      },
    ],
  })
  return `${made.cert.trim()}\n${made.private.trim()}\n`
}

function checked(cert: string, key: string, isNew: boolean): Certificate {
  createSecureContext({ cert, key })
  return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256, isNew }
}
