import { accessSync, constants, readFileSync } from 'node:fs'
import { Option } from 'commander'
import { ServiceError } from './service-error.ts'

/** How to prove who one is. Secrets stay in their files, which are read at every connection. */
export type NatsAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly user: string; readonly passwordFile: string }
  | { readonly kind: 'token'; readonly tokenFile: string }
  | { readonly kind: 'nkey'; readonly seedFile: string }
  | { readonly kind: 'creds'; readonly credsFile: string }

/** Files of the encrypted connection; without an authority the system's are trusted. */
export interface NatsTls {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

/** Where NATS is and how to get in. */
export interface NatsSettings {
  readonly servers: readonly string[]
  readonly auth: NatsAuth
  /** Present: the connection is encrypted or there is none. */
  readonly tls?: NatsTls
  /** Copies of each bucket and of the log in a NATS cluster; the server's one without. */
  readonly replicas?: number
}

/** What the command line or the environment said, by the names that commander gives. */
export interface NatsFlags {
  readonly natsUrl?: string
  readonly natsUser?: string
  readonly natsPasswordFile?: string
  readonly natsTokenFile?: string
  readonly natsCredsFile?: string
  readonly natsNkeyFile?: string
  readonly natsCaFile?: string
  readonly natsCertFile?: string
  readonly natsKeyFile?: string
  readonly natsReplicas?: string
}

const DEFAULT_URL = 'nats://127.0.0.1:4222'
const FLAGS: { readonly [Key in keyof Required<NatsFlags>]: readonly [string, string] } = {
  natsUrl: ['--nats-url <urls>', 'NATS servers, nats:// or tls://, separated by commas'],
  natsUser: ['--nats-user <name>', 'user of NATS, with --nats-password-file'],
  natsPasswordFile: ['--nats-password-file <file>', 'file with the password of that user'],
  natsTokenFile: ['--nats-token-file <file>', 'file with a token of NATS'],
  natsCredsFile: ['--nats-creds-file <file>', 'credentials file of NATS (JWT and seed)'],
  natsNkeyFile: ['--nats-nkey-file <file>', 'file with the seed of an NKey of a user'],
  natsCaFile: ['--nats-ca-file <file>', 'authority that signed the certificate of NATS (PEM)'],
  natsCertFile: ['--nats-cert-file <file>', 'our certificate for NATS (PEM)'],
  natsKeyFile: ['--nats-key-file <file>', 'key of that certificate (PEM)'],
  natsReplicas: ['--nats-replicas <count>', 'copies of buckets and log in a cluster: 1, 3 or 5'],
}

/** Options of every subcommand that speaks NATS; each has a variable LVS_WARDEN_NATS_…. */
export function natsOptions(): readonly Option[] {
  return Object.entries(FLAGS).map(([key, [flags, description]]) => {
    const option = new Option(flags, description).env(variableOf(key))
    return key === 'natsUrl' ? option.default(DEFAULT_URL) : option
  })
}

/**
 * Checks what was said and that the files can be read. Throws a `ServiceError` `nats.settings` that
 * names the flag, the variable and what is wrong.
 */
export function readNatsSettings(flags: NatsFlags): NatsSettings {
  const servers = readServers(flags.natsUrl ?? DEFAULT_URL)
  const auth = readAuth(flags)
  const tls = readTls(flags, servers)
  const replicas = readReplicas(flags.natsReplicas)
  return {
    servers,
    auth,
    ...(tls === undefined ? {} : { tls }),
    ...(replicas === undefined ? {} : { replicas }),
  }
}

function readServers(text: string): readonly string[] {
  const servers = text
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '')
  if (servers.length === 0) throw invalid('natsUrl', 'want at least one URL, got none')
  for (const server of servers) checkUrl(server)
  return servers
}

/** A password in a URL would be seen in the list of processes and in logs. */
function checkUrl(text: string): void {
  const hasScheme = text.includes('://')
  let url: URL
  try {
    url = new URL(hasScheme ? text : `nats://${text}`)
  } catch {
    throw invalid('natsUrl', `want nats://host:port, got ${JSON.stringify(text)}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('natsUrl', 'want no user or password in a URL: --nats-user and files are for it')
  }
  if (!/^(nats|tls):$/.test(url.protocol) || url.hostname === '') {
    throw invalid('natsUrl', `want nats:// or tls:// and a host, got ${JSON.stringify(text)}`)
  }
}

function readAuth(flags: NatsFlags): NatsAuth {
  const { natsUser, natsPasswordFile, natsTokenFile, natsCredsFile, natsNkeyFile } = flags
  const given = (['natsUser', 'natsTokenFile', 'natsCredsFile', 'natsNkeyFile'] as const).filter(
    (key) => isGiven(flags[key]),
  )
  const [first, second] = given
  if (first !== undefined && second !== undefined) {
    throw invalid(first, `want one way to log in, got also ${nameOf(second)}`)
  }
  if (isGiven(natsPasswordFile) !== isGiven(natsUser)) {
    const lacking = isGiven(natsUser) ? 'natsPasswordFile' : 'natsUser'
    const present = isGiven(natsUser) ? 'natsUser' : 'natsPasswordFile'
    throw invalid(present, `wants ${nameOf(lacking)} too`)
  }
  if (isGiven(natsUser) && isGiven(natsPasswordFile)) {
    const passwordFile = secretFile('natsPasswordFile', natsPasswordFile)
    return { kind: 'password', user: natsUser, passwordFile }
  }
  if (isGiven(natsTokenFile)) {
    return { kind: 'token', tokenFile: secretFile('natsTokenFile', natsTokenFile) }
  }
  if (isGiven(natsCredsFile)) {
    return { kind: 'creds', credsFile: secretFile('natsCredsFile', natsCredsFile) }
  }
  if (isGiven(natsNkeyFile)) {
    return { kind: 'nkey', seedFile: secretFile('natsNkeyFile', natsNkeyFile) }
  }
  return { kind: 'none' }
}

function readTls(flags: NatsFlags, servers: readonly string[]): NatsTls | undefined {
  const { natsCaFile: caFile, natsCertFile: certFile, natsKeyFile: keyFile } = flags
  if (isGiven(certFile) !== isGiven(keyFile)) {
    const [present, lacking] = isGiven(certFile)
      ? (['natsCertFile', 'natsKeyFile'] as const)
      : (['natsKeyFile', 'natsCertFile'] as const)
    throw invalid(present, `wants ${nameOf(lacking)} too`)
  }
  if (isGiven(caFile)) readable('natsCaFile', caFile)
  if (isGiven(certFile)) readable('natsCertFile', certFile)
  if (isGiven(keyFile)) readable('natsKeyFile', keyFile)
  const isAsked = isGiven(caFile) || isGiven(certFile)
  if (!isAsked && !servers.some((server) => server.startsWith('tls://'))) return undefined
  return {
    ...(isGiven(caFile) ? { caFile } : {}),
    ...(isGiven(certFile) ? { certFile } : {}),
    ...(isGiven(keyFile) ? { keyFile } : {}),
  }
}

function readReplicas(text: string | undefined): number | undefined {
  if (!isGiven(text)) return undefined
  if (!/^[135]$/.test(text)) {
    throw invalid('natsReplicas', `want 1, 3 or 5, got ${JSON.stringify(text)}`)
  }
  return Number(text)
}

/** An empty variable is as good as none: compose files set them so. */
function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}

function secretFile(key: keyof NatsFlags, path: string): string {
  readable(key, path)
  if (readFileSync(path, 'utf8').trim() === '') throw invalid(key, `${path} is empty`)
  return path
}

function readable(key: keyof NatsFlags, path: string): void {
  try {
    accessSync(path, constants.R_OK)
    readFileSync(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw invalid(key, `cannot read ${path}: ${reason}`, error)
  }
}

function invalid(key: keyof NatsFlags, problem: string, cause?: unknown): ServiceError {
  return new ServiceError('nats.settings', `${nameOf(key)}: ${problem}`, { cause })
}

function nameOf(key: keyof NatsFlags): string {
  return `${FLAGS[key][0].split(' ')[0]} (${variableOf(key)})`
}

/** `natsPasswordFile` is LVS_WARDEN_NATS_PASSWORD_FILE. */
function variableOf(key: string): string {
  return `LVS_WARDEN_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
