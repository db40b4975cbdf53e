import { headerOf, type RtspAnswer, type RtspSession } from './rtsp-session.ts'
import type { Talk } from './talk.ts'

/**
 * Sets the first medium of a description up and takes it down again (RFC 2326 sections 10.4 and
 * 10.7), interleaved (10.12), so that no other port takes part.
 *
 * @throws CheckError `rtsp.setup` or `rtsp.teardown` when the server does not.
 */
export async function setUpStream(
  talk: Talk,
  session: RtspSession,
  url: string,
  { head, body }: RtspAnswer,
): Promise<void> {
  const told = headerOf(head, 'Content-Base') ?? headerOf(head, 'Content-Location') ?? ''
  const base = /^[\x21-\x7e]+$/.test(told) ? told : url
  const media = body.slice(Math.max(body.search(/^m=/m), 0))
  const control = /^a=control:[ \t]*([\x21-\x7e]+)/m.exec(media)?.[1] ?? '*'
  const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1'
  const track = trackUrl(base, control)
  const answer = await session.ask('SETUP', track, 'rtsp.setup', transport)
  const id = /^[\x21-\x3a\x3c-\x7e]+/.exec(headerOf(answer.head, 'Session') ?? '')?.[0]
  if (id === undefined) throw talk.failure('setup', 'want a Session, got none')
  await session.ask('TEARDOWN', base, 'rtsp.teardown', `Session: ${id}`)
}

/** RFC 2326 appendix C.1.1; servers expect the track to be put behind the base, whole. */
function trackUrl(base: string, control: string): string {
  if (control === '*') return base
  if (/^rtsps?:\/\//i.test(control)) return control
  return base.endsWith('/') ? `${base}${control}` : `${base}/${control}`
}
