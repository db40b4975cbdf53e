import { createHash, randomBytes } from 'node:crypto'
import type { Login } from './line-options.ts'

/** What a server said in one WWW-Authenticate header (RFC 7235 section 4.1). */
interface Challenge {
  readonly scheme: string
  readonly params: ReadonlyMap<string, string>
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' }

/**
 * Answers the challenges of a server with a name and a password: Digest (RFC 7616 and 2617) before
 * Basic (RFC 7617).
 */
export class ChallengeLogin {
  readonly #login: Login
  readonly #makeNonce: () => string
  #challenge: Challenge | undefined
  #count = 0

  constructor(login: Login, makeNonce = () => randomBytes(12).toString('hex')) {
    this.#login = login
    this.#makeNonce = makeNonce
  }

  /** Takes the values of the WWW-Authenticate headers; false when we know none of their schemes. */
  challenge(headers: readonly string[]): boolean {
    const known = headers.map(parseChallenge).filter(isKnown)
    this.#challenge = known.find(({ scheme }) => scheme === 'digest') ?? known[0]
    this.#count = 0
    return this.#challenge !== undefined
  }

  /**
   * The value of the Authorization header for one request; `undefined` while nobody asked for one.
   */
  authorize(method: string, uri: string): string | undefined {
    if (this.#challenge === undefined) return undefined
    const { scheme, params } = this.#challenge
    if (scheme === 'digest') return this.#digest(params, method, uri)
    const { user, password } = this.#login
    return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  }

  #digest(params: Challenge['params'], method: string, uri: string): string {
    const { user, password } = this.#login
    const [realm, nonce] = [params.get('realm') ?? '', params.get('nonce') ?? '']
    const algorithm = params.get('algorithm')
    const [name, isSession] = algorithmOf(algorithm)
    const hash = (text: string): string => {
      return createHash(HASHES[name] ?? 'md5')
        .update(text)
        .digest('hex')
    }
    const hasQop = params.has('qop')
    this.#count += 1
    const nc = this.#count.toString(16).padStart(8, '0')
    const cnonce = this.#makeNonce()
    const plain = hash(`${user}:${realm}:${password}`)
    const ha1 = isSession ? hash(`${plain}:${nonce}:${cnonce}`) : plain
    const middle = hasQop ? `${nonce}:${nc}:${cnonce}:auth` : nonce
    const response = hash(`${ha1}:${middle}:${hash(`${method}:${uri}`)}`)
    const opaque = params.get('opaque')
    return [
      `Digest username=${quote(user)}`,
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(uri)}`,
      `response="${response}"`,
      ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
      ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
      ...(hasQop ? ['qop=auth', `nc=${nc}`] : []),
      ...(hasQop || isSession ? [`cnonce="${cnonce}"`] : []),
    ].join(', ')
  }
}

function parseChallenge(header: string): Challenge {
  const [, scheme = '', rest = ''] = /^\s*([\w-]+)(.*)$/s.exec(header) ?? []
  const params = new Map<string, string>()
  for (const [, name = '', quoted, token] of rest.matchAll(
    /([\w-]{1,40})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g,
  )) {
    params.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? '')
  }
  return { scheme: scheme.toLowerCase(), params }
}

function isKnown({ scheme, params }: Challenge): boolean {
  if (scheme === 'basic') return true
  const qop = params.get('qop')
  const hasAuth = qop === undefined || /(^|[\s,])auth($|[\s,])/i.test(qop)
  return scheme === 'digest' && hasAuth && algorithmOf(params.get('algorithm'))[0] in HASHES
}

function algorithmOf(written = 'MD5'): readonly [name: string, isSession: boolean] {
  const name = written.toUpperCase()
  return name.endsWith('-SESS') ? [name.slice(0, -'-SESS'.length), true] : [name, false]
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
