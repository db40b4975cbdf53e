import { createHash, randomBytes } from 'node:crypto'
import { nkeys } from 'nats'

/** An operator, an account with JetStream and a user of it, as `nsc` makes them. */
export interface NatsOperator {
  /** Lines for the server's configuration. */
  readonly config: string
  /** Text of the user's credentials file. */
  readonly creds: string
}

type KeyPair = ReturnType<typeof nkeys.createUser>

/** Makes a throwaway operator; the server trusts it and keeps the account in memory. */
export function makeNatsOperator(): NatsOperator {
  const operator = nkeys.createOperator()
  const account = nkeys.createAccount()
  const system = nkeys.createAccount()
  const user = nkeys.createUser()
  const unlimited = { subs: -1, data: -1, payload: -1 }
  const accountLimits = { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1 }
  const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }
  const operatorJwt = sign(operator, operator, 'operator', {
    system_account: system.getPublicKey(),
  })
  const accountJwt = sign(operator, account, 'account', {
    limits: { ...accountLimits, ...storage },
  })
  const systemJwt = sign(operator, system, 'account', { limits: accountLimits })
  const userJwt = sign(account, user, 'user', { ...unlimited, pub: {}, sub: {} })
  return {
    config: `operator: ${operatorJwt}
resolver: MEMORY
resolver_preload: {
  ${account.getPublicKey()}: ${accountJwt}
  ${system.getPublicKey()}: ${systemJwt}
}
`,
    creds: `-----BEGIN NATS USER JWT-----
${userJwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.

-----BEGIN USER NKEY SEED-----
${new TextDecoder().decode(user.getSeed())}
------END USER NKEY SEED------

*************************************************************
`,
  }
}

/** A claim in the form of NATS: a JWT signed with an Ed25519 NKey. */
function sign(issuer: KeyPair, subject: KeyPair, type: string, nats: object): string {
  const claims = {
    jti: createHash('sha256').update(randomBytes(16)).digest('hex').slice(0, 52).toUpperCase(),
    iat: 1_700_000_000,
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: type,
    nats: { ...nats, type, version: 2 },
  }
  const body = [{ typ: 'JWT', alg: 'ed25519-nkey' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = issuer.sign(new TextEncoder().encode(body))
  return `${body}.${Buffer.from(signature).toString('base64url')}`
}
