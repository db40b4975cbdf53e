import type { LocalEnd } from './datagram.ts'

/** One OPTIONS request, and what its answer must carry to be its answer. */
export interface SipRequest {
  readonly text: string
  readonly branch: string
  readonly callId: string
}

/** What one request is made of. */
export interface SipRequestParts {
  readonly transport: 'UDP' | 'TCP' | 'TLS'
  readonly local: LocalEnd
  readonly uri: string
  readonly from: string
  /** Random, for branch, tag and Call-ID; letters and digits. */
  readonly token: string
}

/** Number of our only request. */
const CSEQ = '1 OPTIONS'

/** RFC 3261 sections 8.1.1 and 11.1; the branch's first letters are those of section 8.1.1.7. */
export function sipOptionsRequest(parts: SipRequestParts): SipRequest {
  const { transport, local, uri, from, token } = parts
  const host = local.address.includes(':') ? `[${local.address}]` : local.address
  const branch = `z9hG4bK${token}`
  const callId = `${token}@${host}`
  const lines = [
    `OPTIONS ${uri} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${host}:${local.port};branch=${branch};rport`,
    'Max-Forwards: 70',
    `From: <${from}>;tag=${token}`,
    `To: <${uri}>`,
    `Call-ID: ${callId}`,
    `CSeq: ${CSEQ}`,
    `Contact: <sip:lvs-warden@${host}:${local.port}>`,
    'Accept: application/sdp',
    'User-Agent: lvs-warden',
    'Content-Length: 0',
  ]
  return { text: `${lines.join('\r\n')}\r\n\r\n`, branch, callId }
}

/** What a response says, as far as we look. */
export interface SipResponse {
  readonly status: number
  /** Status line. */
  readonly line: string
  /** It answers our request (RFC 3261 sections 8.1.3.3 and 17.1.3). */
  readonly isOurs: boolean
  /** Bytes of the body. */
  readonly length: number
}

/** Reads the head of a response; `undefined` when it is none. */
export function parseSipResponse(
  head: string,
  { branch, callId }: Pick<SipRequest, 'branch' | 'callId'>,
): SipResponse | undefined {
  const line = /^SIP\/2\.0 ([1-6]\d\d)(?: [^\r\n]*)?$/m.exec(head.slice(0, head.search(/\r?\n|$/)))
  if (line === null) return undefined
  const via = headerOf(head, 'Via', 'v') ?? ''
  const isOurs =
    /;\s*branch\s*=\s*([^;,\s]+)/i.exec(via)?.[1] === branch &&
    headerOf(head, 'Call-ID', 'i') === callId &&
    headerOf(head, 'CSeq')?.replace(/\s+/g, ' ') === CSEQ
  const length = Number(headerOf(head, 'Content-Length', 'l') ?? 0)
  return { status: Number(line[1]), line: line[0], isOurs, length }
}

/** The first header of a name, or of its short form (RFC 3261 section 7.3.3). */
function headerOf(head: string, name: string, short = name): string | undefined {
  return new RegExp(`^(?:${name}|${short})[ \\t]*:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(head)?.[1]
}
