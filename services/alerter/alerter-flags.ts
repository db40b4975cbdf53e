import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { Option } from 'commander'
import type { ChannelSettings } from '../shared/domain/channel.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'

/** How people are reached, as commander reads it. */
export interface AlerterFlags {
  readonly alertPrograms?: string
  readonly webhookUrlFile?: string
  readonly webhookSecretFile?: string
  readonly mailServer?: string
  readonly mailFrom?: string
  readonly mailTo?: string
  readonly mailUser?: string
  readonly mailPasswordFile?: string
}

/** The same, checked. */
export interface AlerterSettings {
  /** The only folder whose programs are run. */
  readonly programs?: string
  /** Channels for clusters whose file says nothing about alerting. */
  readonly fallback: Readonly<Record<string, ChannelSettings>>
}

const TIMEOUT_MS = 10_000

const OPTIONS = [
  ['--alert-programs <folder>', 'the only folder whose programs channels may run; none without'],
  ['--webhook-url-file <file>', 'file with the address that alerts are posted to'],
  ['--webhook-secret-file <file>', 'file with the key that signs what is posted'],
  ['--mail-server <host:port>', 'SMTP server for alerts by mail'],
  ['--mail-from <address>', 'who the mail is from'],
  ['--mail-to <addresses>', 'who gets it, separated by commas'],
  ['--mail-user <name>', 'log-in at the SMTP server, with --mail-password-file'],
  ['--mail-password-file <file>', 'file with the password of that log-in'],
] as const

/** Options of `lvs-warden alerter`; each has a variable LVS_WARDEN_…. */
export function alerterOptions(): readonly Option[] {
  return OPTIONS.map(([flags, description]) => {
    const name = flags.slice(2, flags.indexOf(' ')).toUpperCase().replaceAll('-', '_')
    return new Option(flags, description).env(`LVS_WARDEN_${name}`)
  })
}

/** Throws a `ServiceError` `config.invalid` that names the option. */
export function readAlerterFlags(flags: AlerterFlags): AlerterSettings {
  const webhook = readWebhook(flags)
  const mail = readMail(flags)
  const { alertPrograms: programs } = flags
  if (programs !== undefined && !isAbsolute(programs)) {
    throw invalid(`--alert-programs: want an absolute path, got ${programs}`)
  }
  return {
    ...(programs !== undefined && { programs }),
    fallback: { ...(webhook && { webhook }), ...(mail && { mail }) },
  }
}

function readWebhook(flags: AlerterFlags): ChannelSettings | undefined {
  const { webhookUrlFile, webhookSecretFile } = flags
  if (!webhookUrlFile) {
    if (webhookSecretFile) throw invalid('--webhook-secret-file needs --webhook-url-file')
    return undefined
  }
  const url = { file: readable('--webhook-url-file', webhookUrlFile) }
  const settings = { type: 'webhook', url, timeoutMs: TIMEOUT_MS } as const
  if (!webhookSecretFile) return settings
  return { ...settings, secret: { file: readable('--webhook-secret-file', webhookSecretFile) } }
}

function readMail(flags: AlerterFlags): ChannelSettings | undefined {
  const { mailServer, mailFrom: from, mailTo, mailUser: user, mailPasswordFile } = flags
  if (!mailServer) {
    if (from || mailTo || user) throw invalid('mail needs --mail-server HOST:PORT')
    return undefined
  }
  const server = mailServer.replace(/^smtp:\/\//, '')
  if (!from || !mailTo) throw invalid('--mail-server needs --mail-from and --mail-to')
  if (user && !mailPasswordFile) throw invalid('--mail-user needs --mail-password-file')
  const to = mailTo.split(',').map((address) => address.trim())
  const wrong = [from, ...to].find((address) => !/^[^\s@]+@[^\s@]+$/.test(address))
  if (wrong !== undefined) throw invalid(`want mail addresses, got "${wrong}"`)
  const settings = { type: 'mail', server, from, to, timeoutMs: TIMEOUT_MS } as const
  if (!user || !mailPasswordFile) return settings
  return {
    ...settings,
    user,
    password: { file: readable('--mail-password-file', mailPasswordFile) },
  }
}

/** A file that cannot be read is said at the start; its content is read when it is needed. */
function readable(option: string, file: string): string {
  try {
    if (readFileSync(file, 'utf8').trim() !== '') return file
    throw new Error('it is empty')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw invalid(`${option} ${file}: ${reason}`)
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('config.invalid', message)
}
