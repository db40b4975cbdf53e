import { type CheckContext, fail } from './check.ts'
import type { Connection } from './connection.ts'
import { dial } from './dial.ts'
import { matches } from './pattern.ts'
import { show } from './show.ts'
import type { Talk } from './talk.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Bytes of a file that are looked at. */
const CONTENT_LIMIT = 262_144

/** Says one command; its answer must have one of the codes, `331|230`. */
export function ask(talk: Talk, command: string, want: string, code: string): Promise<string> {
  talk.send(`${command}\r\n`)
  return talk.expect('ftp', { pattern: new RegExp(`^(${want})`), code, want })
}

/**
 * Fetches a file over a passive data connection, to the address of the control connection whatever
 * the server says, and matches it; returns the last answer.
 *
 * @throws CheckError `ftp.*` when there is no such file, transfer or content.
 */
export async function fetchFile(
  talk: Talk,
  file: string,
  wanted: string,
  tls: TlsSettings | undefined,
  { deadline, timeoutMs, transcript }: CheckContext,
): Promise<string> {
  if (tls !== undefined) {
    // RFC 4217 section 9: data connections are protected only when both are asked for.
    await ask(talk, 'PBSZ 0', '200', 'ftp.type')
    await ask(talk, 'PROT P', '200', 'ftp.type')
  }
  await ask(talk, 'TYPE I', '200', 'ftp.type')
  const port = await passivePort(talk)
  const data = await dial({ ...talk.target, port }, undefined, 'ftp', { deadline, timeoutMs })
  let answer: string
  try {
    // A server may send the file before it says so, but not before a TLS handshake.
    const early = tls === undefined ? readFile(data) : undefined
    early?.catch(() => {})
    answer = await ask(talk, `RETR ${file}`, '150|125', 'ftp.file')
    if (tls !== undefined) await data.startTls(resuming(tls, talk.connection))
    const bytes = await (early ?? readFile(data))
    transcript?.note(`${bytes.length} bytes of the file\n`)
    const text = Buffer.from(bytes, 'latin1').toString()
    if (!matches(wanted, text)) {
      const detail = `want a file with /${wanted}/, got ${show(text) || 'nothing'}`
      throw talk.error(fail('content', 'ftp.content', detail))
    }
    if (bytes.length === CONTENT_LIMIT) return answer
  } finally {
    data.destroy()
  }
  return talk.expect('ftp', { pattern: /^(226|250)/, code: 'ftp.transfer', want: '226' })
}

function readFile(data: Connection): Promise<string> {
  return data.expecting('the file').readToEnd(CONTENT_LIMIT)
}

/** RFC 2428 section 3 (both families) and, for IPv4 servers without it, RFC 959 section 4.1.2. */
async function passivePort(talk: Talk): Promise<number> {
  talk.send('EPSV\r\n')
  const extended = await talk.reply('ftp', '229')
  const told = /^229.*\(([!-~])\1\1(\d{1,5})\1\)/.exec(extended)?.[2]
  if (told !== undefined || talk.target.family === 6) return portOf(talk, Number(told), extended)
  const plain = await ask(talk, 'PASV', '227', 'ftp.passive')
  const [, high, low] = /\d+,\d+,\d+,\d+,(\d{1,3}),(\d{1,3})/.exec(plain) ?? []
  return portOf(talk, Number(high) * 256 + Number(low), plain)
}

function portOf(talk: Talk, port: number, answer: string): number {
  if (port > 0 && port < 65_536) return port
  throw talk.failure('passive', `want a port for data, got ${show(answer)}`)
}

/** Servers may want proof that both connections are of one client: the session of the first. */
function resuming(tls: TlsSettings, control: Connection): TlsSettings {
  const session = control.tlsSession()
  return session === undefined ? tls : { ...tls, session }
}
