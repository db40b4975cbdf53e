import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { MalformedMessage } from './malformed-message.ts'

/** PostgreSQL takes 4096; more is the server's way to keep us busy. */
const ITERATION_LIMIT = 200_000

const derive = promisify(pbkdf2)

/** What a SCRAM client says in the end, and what it must hear then. */
export interface ScramProof {
  readonly message: string
  /** Whether the server's last word shows that it knows the password, too. */
  isServerFinal(message: string): boolean
}

/**
 * The start of a login with SCRAM-SHA-256 (RFC 5802 section 5, RFC 7677), without channel binding.
 */
export function scramClientFirst(user: string, nonce: string): string {
  return `n,,${bareFirst(user, nonce)}`
}

/**
 * Answers the server's first message.
 *
 * @throws MalformedMessage when that is none, or not one to our nonce.
 */
export async function scramProof(
  user: string,
  password: string,
  nonce: string,
  serverFirst: string,
): Promise<ScramProof> {
  const parts = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,9})$/.exec(serverFirst)
  const [, bothNonces = '', salt = '', iterations = ''] = parts ?? []
  const isOurs = bothNonces.startsWith(nonce) && bothNonces.length > nonce.length
  if (!isOurs || Number(iterations) < 1 || Number(iterations) > ITERATION_LIMIT) {
    throw new MalformedMessage('want a SCRAM message with our nonce, got another')
  }
  // RFC 4013 section 2.2 in short: SASLprep is the identity for ASCII and nearly NFKC for the rest.
  const prepared = password.normalize('NFKC')
  const salted = await derive(
    prepared,
    Buffer.from(salt, 'base64'),
    Number(iterations),
    32,
    'sha256',
  )
  const clientKey = hmac(salted, 'Client Key')
  const storedKey = createHash('sha256').update(clientKey).digest()
  const withoutProof = `c=biws,r=${bothNonces}`
  const said = `${bareFirst(user, nonce)},${serverFirst},${withoutProof}`
  const signature = hmac(storedKey, said)
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)))
  const serverSignature = hmac(hmac(salted, 'Server Key'), said)
  return {
    message: `${withoutProof},p=${proof.toString('base64')}`,
    isServerFinal(message) {
      const given = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(message)?.[1] ?? '', 'base64')
      return given.length === serverSignature.length && timingSafeEqual(given, serverSignature)
    },
  }
}

function bareFirst(user: string, nonce: string): string {
  return `n=${user.replace(/=/g, '=3D').replace(/,/g, '=2C')},r=${nonce}`
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
