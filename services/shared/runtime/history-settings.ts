import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import { parseDuration } from '../domain/duration.ts'
import { ServiceError } from './service-error.ts'

/** Where InfluxDB is and how to get in; its password stays in its file. */
export interface InfluxSettings {
  readonly url: string
  readonly database: string
  readonly username?: string
  readonly passwordFile?: string
  readonly caFile?: string
  /** How long what is kept, in milliseconds. */
  readonly keep: InfluxKeep
}

/** How long points as they came, roll-ups of a minute, of an hour, and events are kept. */
export interface InfluxKeep {
  readonly rawMs: number
  readonly minuteMs: number
  readonly hourMs: number
  readonly eventMs: number
}

/** Where history goes: to InfluxDB when one is named, else into files of this machine. */
export interface HistorySettings {
  readonly influx?: InfluxSettings
  /** Disk that local files, or points that wait for InfluxDB, may take. */
  readonly maxBytes: number
}

/** What the command line or the environment said, by the names that commander gives. */
export interface HistoryFlags {
  readonly influxUrl?: string
  readonly influxDatabase?: string
  readonly influxUser?: string
  readonly influxPasswordFile?: string
  readonly influxCaFile?: string
  readonly influxKeep?: string
  readonly historySize?: string
}

const DAY_MS = 86_400_000
const DEFAULT_KEEP: InfluxKeep = {
  rawMs: 14 * DAY_MS,
  minuteMs: 90 * DAY_MS,
  hourMs: 730 * DAY_MS,
  eventMs: 730 * DAY_MS,
}
const DEFAULT_DATABASE = 'lvs'
const DEFAULT_SIZE = '500MB'
const SMALLEST_BYTES = 1_000_000
/** InfluxDB keeps at least an hour. */
const SHORTEST_KEEP_MS = 3_600_000
const FLAGS: { readonly [Key in keyof Required<HistoryFlags>]: readonly [string, string] } = {
  influxUrl: ['--influx-url <url>', 'InfluxDB 1.x to write history to; local files without it'],
  influxDatabase: ['--influx-database <name>', `its database, "${DEFAULT_DATABASE}" by default`],
  influxUser: ['--influx-user <name>', 'user of InfluxDB, with --influx-password-file'],
  influxPasswordFile: ['--influx-password-file <file>', 'file with the password of that user'],
  influxCaFile: ['--influx-ca-file <file>', 'authority of the certificate of InfluxDB (PEM)'],
  influxKeep: [
    '--influx-keep <durations>',
    'how long what is kept: raw=14d,minute=90d,hour=730d,event=730d',
  ],
  historySize: [
    '--history-size <bytes>',
    `disk for history, or for points that wait for InfluxDB: ${DEFAULT_SIZE}`,
  ],
}

/** Options of every subcommand that keeps history; each has a variable LVS_WARDEN_…. */
export function historyOptions(): readonly Option[] {
  return Object.entries(FLAGS).map(([key, [flags, description]]) =>
    new Option(flags, description).env(variableOf(key)),
  )
}

/**
 * Checks what was said. Throws a `ServiceError` `history.settings` that names the flag, the
 * variable and what is wrong.
 */
export function readHistorySettings(flags: HistoryFlags): HistorySettings {
  const maxBytes = readBytes(flags.historySize || DEFAULT_SIZE)
  const url = flags.influxUrl
  if (!url) {
    const lost = (Object.keys(FLAGS) as (keyof HistoryFlags)[]).find(
      (key) => key.startsWith('influx') && flags[key],
    )
    if (lost !== undefined) throw invalid(lost, `wants ${nameOf('influxUrl')} too`)
    return { maxBytes }
  }
  const { influxUser: username, influxPasswordFile: passwordFile, influxCaFile: caFile } = flags
  if (Boolean(username) !== Boolean(passwordFile)) {
    const [present, lacking] = username
      ? (['influxUser', 'influxPasswordFile'] as const)
      : (['influxPasswordFile', 'influxUser'] as const)
    throw invalid(present, `wants ${nameOf(lacking)} too`)
  }
  if (passwordFile && readText('influxPasswordFile', passwordFile).trim() === '') {
    throw invalid('influxPasswordFile', `${passwordFile} is empty`)
  }
  if (caFile) readText('influxCaFile', caFile)
  return {
    maxBytes,
    influx: {
      url: readUrl(url),
      database: readDatabase(flags.influxDatabase || DEFAULT_DATABASE),
      ...(username && { username }),
      ...(passwordFile && { passwordFile }),
      ...(caFile && { caFile }),
      keep: readKeep(flags.influxKeep ?? ''),
    },
  }
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw invalid('influxUrl', `want http://HOST:8086, got ${JSON.stringify(text)}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('influxUrl', 'want no user or password in a URL: --influx-user and a file are')
  }
  return text
}

function readDatabase(text: string): string {
  if (/^[A-Za-z0-9_.-]{1,64}$/.test(text)) return text
  throw invalid('influxDatabase', `want letters, digits, _ . and -, got ${JSON.stringify(text)}`)
}

function readKeep(text: string): InfluxKeep {
  const keep: Record<string, number> = { ...DEFAULT_KEEP }
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [name = '', duration = ''] = part.split('=').map((one) => one.trim())
    const ms = parseDuration(duration)
    if (keep[`${name}Ms`] === undefined || ms === undefined || ms < SHORTEST_KEEP_MS) {
      const want = 'want raw, minute, hour or event and at least 1h, as in raw=14d,event=2h'
      throw invalid('influxKeep', `${want}, got ${JSON.stringify(part)}`)
    }
    keep[`${name}Ms`] = ms
  }
  return keep as unknown as InfluxKeep
}

function readBytes(text: string): number {
  const match = /^(\d{1,9})\s*(MB|GB)$/i.exec(text.trim())
  const bytes = Number(match?.[1]) * (match?.[2]?.toUpperCase() === 'GB' ? 1e9 : 1e6)
  if (bytes >= SMALLEST_BYTES) return bytes
  throw invalid('historySize', `want a size such as 500MB or 2GB, got ${JSON.stringify(text)}`)
}

function readText(key: keyof HistoryFlags, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw invalid(key, `cannot read ${path}: ${reason}`)
  }
}

function invalid(key: keyof HistoryFlags, problem: string): ServiceError {
  return new ServiceError('history.settings', `${nameOf(key)}: ${problem}`)
}

function nameOf(key: keyof HistoryFlags): string {
  return `${FLAGS[key][0].split(' ')[0]} (${variableOf(key)})`
}

/** `influxPasswordFile` is LVS_WARDEN_INFLUX_PASSWORD_FILE. */
function variableOf(key: string): string {
  return `LVS_WARDEN_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
