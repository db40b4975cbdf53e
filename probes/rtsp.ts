import { z } from 'zod'
import { defineCheck, type Target } from './check.ts'
import { type Dialogue, runDialogue } from './dialogue.ts'
import { formatTarget } from './network-error.ts'

const options = z.strictObject({
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'want a path that starts with / and has no spaces')
    .default('/')
    .describe('Path of the stream in the request URL.'),
})

/** Passes when the server answers OPTIONS with 200 and our CSeq. Sets up no stream. */
export const rtsp = defineCheck<z.infer<typeof options>>({
  kind: 'rtsp',
  summary: 'Passes when the server answers OPTIONS with 200 and our CSeq; sets up no stream.',
  options,
  example: '{ type: rtsp, port: 554, path: /live }',
  codes: {
    'rtsp.garbage': 'The answer is not RTSP.',
    'rtsp.status': 'The status is not 200.',
    'rtsp.cseq': 'The answer carries another CSeq than the request.',
  },
  run: (target, { path }, context) =>
    runDialogue(dialogue(target, path), target, undefined, context),
})

/** RFC 2326 sections 6.1, 10.1 and 12.17. */
function dialogue(target: Target, path: string): Dialogue {
  const url = `rtsp://${formatTarget(target)}${path}`
  return {
    name: 'rtsp',
    steps: [
      {
        type: 'send',
        text: `OPTIONS ${url} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: lvs-warden\r\n\r\n`,
      },
      {
        type: 'expect',
        frame: 'head',
        demands: [
          { pattern: /^RTSP\/1\.\d \d{3}/, code: 'rtsp.garbage', want: 'RTSP/1.0' },
          { pattern: /^RTSP\/1\.\d 200\b/, code: 'rtsp.status', want: 'status 200' },
          { pattern: /^CSeq:[ \t]*1[ \t]*$/im, code: 'rtsp.cseq', want: 'CSeq: 1' },
        ],
      },
    ],
    detail: ([head = '']) => /^Public:.*$/im.exec(head)?.[0] ?? head,
  }
}
