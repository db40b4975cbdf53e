import { createHash } from 'node:crypto'
import { BadAnswer } from './malformed-message.ts'
import { CAPABILITY, type MysqlGreeting } from './mysql-packet.ts'

/** The method that every server knows. */
export const NATIVE = 'mysql_native_password'

/** How a method proves that we know the password, which may be empty. */
export const METHODS: Readonly<Record<string, (password: string, nonce: Buffer) => Buffer>> = {
  [NATIVE]: (password, nonce) => {
    const once = hash('sha1', password)
    return password === '' ? Buffer.alloc(0) : xor(once, hash('sha1', nonce, hash('sha1', once)))
  },
  caching_sha2_password: (password, nonce) => {
    const once = hash('sha256', password)
    const mask = hash('sha256', hash('sha256', once), nonce)
    return password === '' ? Buffer.alloc(0) : xor(once, mask)
  },
}

/** What we and the server can both do, as bits; throws `BadAnswer` where that is too little. */
export function capabilities(
  { capabilities: offered }: MysqlGreeting,
  hasDatabase: boolean,
  isTls: boolean,
) {
  const { protocol41, secureConnection, pluginAuth, connectWithDatabase, tls } = CAPABILITY
  const wanted = protocol41 | secureConnection | pluginAuth
  if ((offered & wanted) !== wanted) {
    throw new BadAnswer('mysql.auth', 'want MySQL 5.5.7 or newer, got a server that is older')
  }
  const mayHave = CAPABILITY.longPassword | CAPABILITY.transactions
  return wanted | (offered & mayHave) | (hasDatabase ? connectWithDatabase : 0) | (isTls ? tls : 0)
}

function hash(name: 'sha1' | 'sha256', ...parts: readonly (string | Buffer)[]): Buffer {
  return parts.reduce((state, part) => state.update(part), createHash(name)).digest()
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)))
}
