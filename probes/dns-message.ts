import { type DnsReader, readerOf } from './dns-reader.ts'
import { recordText } from './dns-record.ts'
import { dnsTypeName, rcodeName } from './dns-types.ts'
import { MalformedMessage } from './malformed-message.ts'
import { printable } from './show.ts'

/** What is asked. */
export interface DnsQuestion {
  readonly id: number
  /** With or without its last dot; `.` is the root. */
  readonly name: string
  readonly type: number
  /** Whether the server may ask others. */
  readonly recursion: boolean
}

/** One record of an answer. */
export interface DnsRecord {
  /** Owner, with its last dot. */
  readonly name: string
  readonly type: number
  /** The record's data as a zone file has it. */
  readonly text: string
}

/** An answer to a question. */
export interface DnsResponse {
  readonly id: number
  /** With the upper bits that EDNS adds. */
  readonly rcode: number
  /** There is more than fits. */
  readonly truncated: boolean
  /** The question that it repeats; a server that did not understand it may leave it out. */
  readonly question: Pick<DnsQuestion, 'name' | 'type'> | undefined
  /** Records of class IN in the answer section. */
  readonly answers: readonly DnsRecord[]
}

const IN = 1
const OPT = 41
/** Fits every path without fragments (RFC 9715 section 3.2, DNS flag day 2020). */
const UDP_PAYLOAD = 1232

/** A query with one question and EDNS version 0 (RFC 1035 section 4.1, RFC 6891 section 6.1). */
export function encodeQuery({ id, name, type, recursion }: DnsQuestion): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(recursion ? 0x0100 : 0, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(1, 10)
  const labels = name.split('.').filter((label) => label !== '')
  const encoded = labels.map((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')])
  const tail = Buffer.alloc(16)
  tail.writeUInt16BE(type, 1)
  tail.writeUInt16BE(IN, 3)
  tail.writeUInt16BE(OPT, 6)
  tail.writeUInt16BE(UDP_PAYLOAD, 8)
  return Buffer.concat([header, ...encoded.flat(), tail])
}

/**
 * Reads a response.
 *
 * @throws MalformedMessage when it is none, is cut short, or its names point in circles.
 */
export function decodeResponse(bytes: Buffer): DnsResponse {
  const reader = readerOf(bytes)
  const id = reader.uint16()
  const flags = reader.uint16()
  if ((flags & 0x8000) === 0) throw new MalformedMessage('want a response, got a query')
  const questions = reader.uint16()
  const answerCount = reader.uint16()
  const others = reader.uint16() + reader.uint16()
  if (questions > 1) throw new MalformedMessage(`want one question, got ${questions}`)
  const truncated = (flags & 0x0200) !== 0
  const question = questions === 1 ? readQuestion(reader) : undefined
  const answers: DnsRecord[] = []
  let rcode = flags & 15
  for (let left = answerCount + others; left > 0; left -= 1) {
    // A server may cut a truncated message anywhere.
    if (truncated && reader.at === bytes.length) break
    const { record, isIn, upperRcode } = readRecord(reader)
    if (record.type === OPT) rcode |= upperRcode << 4
    else if (left > others && isIn) answers.push(record)
  }
  return { id, rcode, truncated, question, answers }
}

/** As dig writes it: `www.shop.example. IN A`. */
export function shownQuestion({ name, type }: Pick<DnsQuestion, 'name' | 'type'>): string {
  return `${name} IN ${dnsTypeName(type)}`
}

/** The response code, and a line for each record. */
export function shownResponse({ rcode, truncated, answers }: DnsResponse): string {
  const records = answers.map((record) => `\n${shownQuestion(record)} ${record.text}`)
  return printable(`${rcodeName(rcode)}${truncated ? ', cut short' : ''}${records.join('')}`)
}

/** The same of bytes that may be no response. */
export function shownDatagram(bytes: Buffer): string {
  try {
    return shownResponse(decodeResponse(bytes))
  } catch (error) {
    if (error instanceof MalformedMessage) return `(${bytes.length} bytes: ${error.message})`
    throw error
  }
}

function readQuestion(reader: DnsReader): Pick<DnsQuestion, 'name' | 'type'> {
  const name = reader.name()
  const type = reader.uint16()
  reader.uint16()
  return { name, type }
}

function readRecord(reader: DnsReader) {
  const name = reader.name()
  const type = reader.uint16()
  const isIn = reader.uint16() === IN
  // The time to live; in OPT its first byte is the upper part of the response code.
  const upperRcode = reader.uint32() >>> 24
  const end = reader.uint16() + reader.at
  const text = recordText(type, reader, end)
  return { record: { name, type, text }, isIn, upperRcode }
}
