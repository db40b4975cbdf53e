import { BadAnswer, MalformedMessage } from './malformed-message.ts'
import { bad, decodeFirstColumn, decodeLength, PACKET } from './mysql-packet.ts'
import type { MysqlSession } from './mysql-session.ts'

const COLUMN_LIMIT = 4096
const ROW_LIMIT = 20_000

/** Runs a statement; returns the first column of each row. */
export async function queryRows(session: MysqlSession, text: string): Promise<(string | null)[]> {
  session.say(text, Buffer.concat([Buffer.of(3), Buffer.from(text)]), true)
  const head = await session.hear('result')
  if (head[0] === PACKET.error) throw bad('mysql.query', head)
  if (head[0] === PACKET.ok) return []
  const columns = decodeLength(head).value
  if (columns === undefined || columns > COLUMN_LIMIT) {
    throw new BadAnswer('mysql.query', 'want rows, got a wish for a file or too many columns')
  }
  for (let column = 0; column < columns; column += 1) await session.hear('column')
  if (!isEnd(await session.hear('end of columns')))
    throw new MalformedMessage('columns without end')
  const rows: (string | null)[] = []
  while (rows.length < ROW_LIMIT) {
    const row = await session.hear('row')
    if (row[0] === PACKET.error) throw bad('mysql.query', row)
    if (isEnd(row)) return rows
    rows.push(decodeFirstColumn(row))
    session.note(`row ${rows.at(-1) ?? 'NULL'}`)
  }
  throw new MalformedMessage(`want an end, got ${ROW_LIMIT} rows before it`)
}

/** The end of columns or rows; a row that starts with the same byte is longer. */
function isEnd(payload: Buffer): boolean {
  return payload[0] === PACKET.end && payload.length < 9
}
