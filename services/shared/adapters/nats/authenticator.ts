import { readFileSync } from 'node:fs'
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  nkeys,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from 'nats'
import type { NatsAuth } from '../../runtime/nats-settings.ts'
import { ServiceError } from '../../runtime/service-error.ts'

/**
 * Answers the server's question who we are. The file is read at every connection, so a changed
 * secret counts at the next one; while it cannot be read or understood the last good one is used.
 * Throws a `ServiceError` `nats.settings` when the first reading is no such secret.
 */
export function createAuthenticator(auth: NatsAuth): Authenticator | undefined {
  switch (auth.kind) {
    case 'none':
      return undefined
    case 'password':
      return usernamePasswordAuthenticator(auth.user, rereadFile(auth.passwordFile))
    case 'token':
      return tokenAuthenticator(rereadFile(auth.tokenFile))
    case 'nkey':
      return nkeyAuthenticator(asBytes(rereadFile(auth.seedFile, parseSeed)))
    case 'creds':
      return credsAuthenticator(asBytes(rereadFile(auth.credsFile, parseCreds)))
  }
}

/** A client whose authenticator throws gives up for good: a later failure keeps the last good. */
function rereadFile(path: string, parse: (text: string) => string = parseLine): () => string {
  let good = readSecret(path, parse)
  return () => {
    try {
      good = readSecret(path, parse)
    } catch {
      // The server says so if the last good one no longer is.
    }
    return good
  }
}

function readSecret(path: string, parse: (text: string) => string): string {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('nats.settings', `${path}: ${reason}`, { cause: error })
  }
}

function asBytes(read: () => string): () => Uint8Array {
  return () => new TextEncoder().encode(read())
}

/** Editors end a file with a newline that is no part of the secret. */
function parseLine(text: string): string {
  const line = text.trim()
  if (line === '') throw new Error('the file is empty')
  return line
}

/** What the library says about a bad seed may hold the seed itself. */
function parseSeed(text: string): string {
  const seed = text.trim()
  try {
    if (seed.startsWith('SU') && nkeys.fromSeed(new TextEncoder().encode(seed))) return seed
  } catch {
    // Said below, without the seed.
  }
  throw new Error('want the seed of a user (58 characters that begin with SU)')
}

function parseCreds(text: string): string {
  const parts = /-BEGIN NATS USER JWT-[\s\S]+-BEGIN USER NKEY SEED-[\s\S]+?(SU[A-Z2-7]+)\s/.exec(
    text,
  )
  if (parts?.[1] === undefined) {
    throw new Error('want a credentials file with NATS USER JWT and USER NKEY SEED')
  }
  parseSeed(parts[1])
  return `${text.trim()}\n`
}
