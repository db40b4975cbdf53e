import type { Connection } from './connection.ts'

/** Lines of one reply. */
const REPLY_LINE_LIMIT = 200

/**
 * How a reply ends. `line`: one line. `smtp`: `250-` goes on, `250 ` ends (RFC 5321 section 4.2.1).
 * `ftp`: after `220-`, a line that starts with `220 ` (RFC 959 section 4.2).
 * `pop3`: after `+OK`, a line with a dot alone (RFC 1939 section 3). `head`: an empty line, as in
 * HTTP and RTSP.
 * `imap`: after lines that start with `* `, one that does not; literals are read whole (RFC 3501
 * sections 2.2.2 and 4.3).
 */
export type ReplyFrame = 'line' | 'smtp' | 'ftp' | 'pop3' | 'head' | 'imap'

/** Every frame, for options. */
export const REPLY_FRAMES = ['line', 'smtp', 'ftp', 'pop3', 'head', 'imap'] as const

/** Whether a line is the last of its reply. */
const ENDS: Readonly<Record<ReplyFrame, (line: string, first: string) => boolean>> = {
  line: () => true,
  smtp: (line) => !/^\d{3}-/.test(line),
  ftp: (line, first) => !/^\d{3}-/.test(first) || line.startsWith(`${first.slice(0, 3)} `),
  pop3: (line, first) => line === '.' || !first.startsWith('+OK'),
  head: (line) => line === '',
  imap: (line) => !line.startsWith('* '),
}

/**
 * Reads one reply, its lines joined by a line feed; `undefined` when it has too many.
 *
 * @throws CheckError when the connection fails or the server says too much.
 */
export async function readReply(
  connection: Connection,
  frame: ReplyFrame,
  waitsFor: string,
): Promise<string | undefined> {
  const lines: string[] = []
  let isLiteral = false
  while (lines.length < REPLY_LINE_LIMIT) {
    const reader = connection.expecting(waitsFor)
    const line = await reader.readLine()
    lines.push(line)
    const literal = frame === 'imap' ? /\{(\d+)\}$/.exec(line)?.[1] : undefined
    if (literal !== undefined) lines.push(await reader.readBytes(Number(literal)))
    else if (!isLiteral && ENDS[frame](line, lines[0] ?? '')) return lines.join('\n')
    isLiteral = literal !== undefined
  }
  return undefined
}
