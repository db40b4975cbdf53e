import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { PasswordHash } from '../../shared/wire/access-message.ts'

/** Hashes and compares passwords, a bounded number at a time. */
export interface Passwords {
  hash(password: string): Promise<PasswordHash>
  /**
   * True when it is the password. Takes as long when there is none to compare with, so that nobody
   * learns who exists.
   */
  verify(password: string, stored: PasswordHash | undefined): Promise<boolean>
}

/** 32 MiB and a tenth of a second with r = 8 (OWASP: N = 2^15 with p = 3, or more memory). */
const LOG_N = 15
const R = 8
const P = 3
const SALT_BYTES = 16
const HASH_BYTES = 32
/** Each takes memory and a thread of four; the rest of the daemon needs some, too. */
const MAX_RUNNING = 2
const MAX_WAITING = 32

/** `logN` is 15 but for tests. Throws `api.busy` when too many wait already. */
export function createPasswords(logN = LOG_N): Passwords {
  const inTurn = createTurns()
  const nobody: PasswordHash = {
    ...{ kind: 'scrypt', logN, r: R, p: P },
    salt: randomBytes(SALT_BYTES).toString('base64'),
    hash: randomBytes(HASH_BYTES).toString('base64'),
  }
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES)
      const shape = { kind: 'scrypt', logN, r: R, p: P } as const
      const hash = await inTurn(() => derive(password, { ...shape, salt, bytes: HASH_BYTES }))
      return { ...shape, salt: salt.toString('base64'), hash: hash.toString('base64') }
    },
    async verify(password, stored) {
      const wanted = Buffer.from((stored ?? nobody).hash, 'base64')
      const salt = Buffer.from((stored ?? nobody).salt, 'base64')
      const shape = { ...(stored ?? nobody), salt, bytes: wanted.length }
      const got = await inTurn(() => derive(password, shape))
      return timingSafeEqual(got, wanted) && stored !== undefined
    },
  }
}

interface Derivation extends Pick<PasswordHash, 'logN' | 'r' | 'p'> {
  readonly salt: Buffer
  readonly bytes: number
}

/** Unicode has several ways to write `é`; keyboards differ in them (RFC 8265). */
function derive(password: string, { logN, r, p, salt, bytes }: Derivation): Promise<Buffer> {
  const cost = 2 ** logN
  const options = { N: cost, r, p, maxmem: 256 * cost * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, bytes, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

function createTurns() {
  const waiting: (() => void)[] = []
  let running = 0
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= MAX_RUNNING) {
      if (waiting.length >= MAX_WAITING) {
        const message = 'too many log-ins at once: try again in a few seconds'
        throw new ServiceError('api.busy', message, { retryable: true })
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
