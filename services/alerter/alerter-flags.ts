import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { Option } from 'commander'
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

/** The same, checked; secrets are read. */
export interface AlerterSettings {
  /** The only folder whose programs are run. */
  readonly programs?: string
  readonly webhook?: { readonly url: string; readonly secret?: string }
  readonly mail?: {
    readonly host: string
    readonly port: number
    readonly from: string
    readonly to: readonly string[]
    readonly user?: string
    readonly password?: string
  }
}

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
    ...(webhook && { webhook }),
    ...(mail && { mail }),
  }
}

function readWebhook(flags: AlerterFlags): AlerterSettings['webhook'] {
  const { webhookUrlFile, webhookSecretFile } = flags
  if (!webhookUrlFile) {
    if (webhookSecretFile) throw invalid('--webhook-secret-file needs --webhook-url-file')
    return undefined
  }
  const url = readSecret('--webhook-url-file', webhookUrlFile)
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw invalid(`--webhook-url-file: want a file with an http or https address`)
  }
  if (!webhookSecretFile) return { url }
  return { url, secret: readSecret('--webhook-secret-file', webhookSecretFile) }
}

function readMail(flags: AlerterFlags): AlerterSettings['mail'] {
  const { mailServer, mailFrom, mailTo, mailUser, mailPasswordFile } = flags
  if (!mailServer) {
    if (mailFrom || mailTo || mailUser) throw invalid('mail needs --mail-server HOST:PORT')
    return undefined
  }
  const [, host = '', port] = /^(?:smtp:\/\/)?(.+?)(?::(\d+))?$/.exec(mailServer) ?? []
  if (!mailFrom || !mailTo) throw invalid('--mail-server needs --mail-from and --mail-to')
  if (mailUser && !mailPasswordFile) throw invalid('--mail-user needs --mail-password-file')
  const to = mailTo.split(',').map((address) => address.trim())
  const wrong = [mailFrom, ...to].find((address) => !/^[^\s@]+@[^\s@]+$/.test(address))
  if (wrong !== undefined) throw invalid(`want mail addresses, got "${wrong}"`)
  return {
    host,
    port: Number(port ?? 25),
    from: mailFrom,
    to,
    ...(mailUser && mailPasswordFile
      ? { user: mailUser, password: readSecret('--mail-password-file', mailPasswordFile) }
      : {}),
  }
}

function readSecret(option: string, file: string): string {
  try {
    const text = readFileSync(file, 'utf8').trim()
    if (text !== '') return text
    throw new Error('it is empty')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw invalid(`${option} ${file}: ${reason}`)
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('config.invalid', message)
}
