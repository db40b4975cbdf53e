import { z } from 'zod'
import { ChallengeLogin } from './challenge-login.ts'
import { type CheckContext, defineCheck, fail, type Outcome, type Target } from './check.ts'
import { loginOptions, readLogin, subjectOf, type WrittenTls, withLogin } from './line-options.ts'
import { formatTarget } from './network-error.ts'
import { matches, patternOption } from './pattern.ts'
import { RtspSession } from './rtsp-session.ts'
import { setUpStream } from './rtsp-setup.ts'
import { show } from './show.ts'
import { converse, type Talk } from './talk.ts'
import { tlsOptions } from './tls-settings.ts'

const rtspOptions = z.strictObject({
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'want a path that starts with / and has no spaces')
    .default('/')
    .describe('Path of the stream in the request URL.'),
  describe: z
    .boolean()
    .default(false)
    .describe('Ask for the description of the stream (DESCRIBE), too.'),
  sdp: patternOption
    .optional()
    .describe('Regular expression that the description (SDP) must match; implies `describe`.'),
  setup: z
    .boolean()
    .default(false)
    .describe(
      'Set the first medium up over this connection (SETUP), and take it down again ' +
        '(TEARDOWN); implies `describe`.',
    ),
  ...loginOptions,
})

const rtspsOptions = rtspOptions.extend(tlsOptions)

const CODES = {
  'rtsp.garbage': 'The answer is not RTSP.',
  'rtsp.cseq': 'The answer carries another CSeq than the request.',
  'rtsp.status': 'OPTIONS was not answered with 200.',
  'rtsp.auth': 'The server wants a login, or refuses ours.',
  'rtsp.describe': 'DESCRIBE was not answered with 200: there is no such stream.',
  'rtsp.sdp': 'The description is no SDP, or not the one that was wanted.',
  'rtsp.setup': 'SETUP was not answered with 200 and a session.',
  'rtsp.teardown': 'TEARDOWN was not answered with 200.',
}

/**
 * Passes when the server answers OPTIONS and, if asked, DESCRIBE, SETUP and TEARDOWN. Plays no
 * stream.
 */
export const rtsp = defineCheck<z.infer<typeof rtspOptions>>({
  kind: 'rtsp',
  summary:
    'Passes when the server answers OPTIONS with 200 and our CSeq and, if asked, describes the ' +
    'stream and sets it up; plays nothing.',
  options: withLogin(rtspOptions),
  example: "{ type: rtsp, port: 554, path: /live, sdp: '^m=video ' }",
  codes: CODES,
  run: (target, options, context) => run(target, options, false, context),
})

/** As `rtsp`, over TLS from the first byte (RFC 7826 section 19.2 names the scheme). */
export const rtsps = defineCheck<z.infer<typeof rtspsOptions>>({
  kind: 'rtsps',
  summary: 'As `rtsp`, over TLS from the first byte.',
  options: withLogin(rtspsOptions),
  example:
    '{ type: rtsps, port: 322, sni: media.shop.example, path: /live, setup: true, user: probe, ' +
    'password: { file: /etc/lvs-warden/media.password } }',
  codes: CODES,
  run: (target, options, context) => run(target, options, true, context),
})

/** Options of both; those of TLS are absent in `rtsp`. */
type Options = z.infer<typeof rtspOptions> & WrittenTls

async function run(
  target: Target,
  options: Options,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const login = readLogin(options)
  const subject = subjectOf('rtsp', target, options, { isTlsFirst })
  const url = `${isTlsFirst ? 'rtsps' : 'rtsp'}://${formatTarget(target)}${options.path}`
  return converse(subject, target, context, async (talk) => {
    const answerer = login === undefined ? undefined : new ChallengeLogin(login)
    const session = new RtspSession(talk, answerer)
    const { head } = await session.ask('OPTIONS', url, 'rtsp.status')
    const greeting = /^Public:.*$/im.exec(head)?.[0] ?? head
    const { describe, sdp, setup } = options
    if (!describe && !setup && sdp === undefined) return greeting
    const accept = 'Accept: application/sdp'
    const description = await session.ask('DESCRIBE', url, 'rtsp.describe', accept)
    judge(talk, description.body, sdp)
    if (setup) await setUpStream(talk, session, url, description)
    return /^s=(.*)$/m.exec(description.body)?.[0] ?? greeting
  })
}

/** RFC 4566 section 5.1: a description starts with its version, which is 0. */
function judge(talk: Talk, body: string, wanted = ''): void {
  const want = body.startsWith('v=0') ? wanted : '^v=0'
  if (matches(want, Buffer.from(body, 'latin1').toString())) return
  const got = show(body) || 'nothing'
  throw talk.error(fail('content', 'rtsp.sdp', `want a description with /${want}/, got ${got}`))
}
