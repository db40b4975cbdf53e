import { describe, expect, test } from 'vitest'
import type { Check } from '../../probes/check.ts'
import { pop3 } from '../../probes/pop3.ts'
import { rtsp } from '../../probes/rtsp.ts'
import { runCheck } from '../../probes/run-check.ts'
import { smtp } from '../../probes/smtp.ts'
import { DIALOGUE_LIMIT, LINE_LIMIT } from '../../probes/text-reader.ts'
import * as hostile from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'

const { answersThenResets, greetsAndAnswers, saysThenCloses, saysThenHangs, saysThenResets } =
  hostile

type Case = readonly [name: string, behaviour: hostile.Behaviour, verdict: string]

const smtpCases: readonly Case[] = [
  ['greets and answers', greetsAndAnswers('220 hi\r\n', '250 hello\r\n'), 'pass'],
  [
    'answers in several lines',
    greetsAndAnswers('220-a\r\n220 b\r\n', '250-x\r\n250-y\r\n250 z\r\n'),
    'pass',
  ],
  ['ends lines with LF alone', greetsAndAnswers('220 hi\n', '250 hello\n'), 'pass'],
  ['knows only HELO', greetsAndAnswers('220 hi\r\n', '502 what?\r\n', '250 hello\r\n'), 'pass'],
  ['wants no mail', greetsAndAnswers('554 go away\r\n'), 'fail smtp.greeting'],
  ['greets with another code of the kind', greetsAndAnswers('2200 hi\r\n'), 'fail smtp.greeting'],
  ['refuses both', greetsAndAnswers('220 hi\r\n', '502 no\r\n', '421 bye\r\n'), 'fail smtp.helo'],
  ['stops after the greeting', saysThenHangs('220 hi\r\n'), 'fail smtp.timeout'],
  ['closes after the greeting', saysThenCloses('220 hi\r\n'), 'fail smtp.closed'],
  ['closes in the greeting', saysThenCloses('220 h'), 'fail smtp.closed'],
  ['resets in the greeting', saysThenResets('220-h'), 'fail smtp.reset'],
  ['resets after the greeting', greetsAndAnswers('220 hi\r\n'), 'fail smtp.reset'],
  ['speaks HTTP', saysThenHangs('HTTP/1.1 400 Bad Request\r\n\r\n'), 'fail smtp.greeting'],
]

const pop3Cases: readonly Case[] = [
  ['greets and lists', greetsAndAnswers('+OK hi\r\n', '+OK\r\nUSER\r\n.\r\n'), 'pass'],
  ['does not know CAPA', greetsAndAnswers('+OK hi\r\n', '-ERR what?\r\n'), 'pass'],
  ['is not ready', greetsAndAnswers('-ERR maintenance\r\n'), 'fail pop3.greeting'],
  ['speaks SMTP', greetsAndAnswers('220 hi\r\n'), 'fail pop3.greeting'],
  ['answers nonsense', greetsAndAnswers('+OK\r\n', 'hm\r\n'), 'fail pop3.capa'],
  ['never ends its list', greetsAndAnswers('+OK\r\n', '+OK\r\nUSER\r\n'), 'fail pop3.timeout'],
  ['resets in its list', greetsAndAnswers('+OK\r\n', '+OK\r\nUSER\r\n', ''), 'fail pop3.timeout'],
]

const rtspHead = 'CSeq: 1\r\nPublic: OPTIONS, PLAY\r\n\r\n'
const rtspCases: readonly Case[] = [
  ['answers', answersThenResets(`RTSP/1.0 200 OK\r\n${rtspHead}`), 'pass'],
  ['answers in another case', answersThenResets('RTSP/1.0 200 OK\ncseq:1\n\n'), 'pass'],
  ['refuses', answersThenResets(`RTSP/1.0 503 No\r\n${rtspHead}`), 'fail rtsp.status'],
  [
    'answers something else',
    answersThenResets('RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n'),
    'fail rtsp.cseq',
  ],
  ['speaks HTTP', answersThenResets('HTTP/1.1 200 OK\r\n\r\n'), 'fail rtsp.garbage'],
  ['stops in the head', answersThenResets('RTSP/1.0 200 OK\r\n'), 'fail rtsp.timeout'],
]

const everyKind: readonly (readonly [string, Check, readonly Case[]])[] = [
  ['smtp', smtp, smtpCases],
  ['pop3', pop3, pop3Cases],
  ['rtsp', rtsp, rtspCases],
]

describe.each(everyKind)('%s()', (kind, check, cases) => {
  const timeout = { timeoutMs: 250 }
  test.each(cases)('with a server that %s', async (_name, behaviour, wanted) => {
    expect(await verdictOn(check, behaviour, timeout)).toBe(wanted)
  })

  test('speaks IPv6', async () => {
    const [, behaviour] = cases[0] ?? ['', hostile.hangs]
    expect(await verdictOn(check, behaviour, { ...timeout, family: 6 })).toBe('pass')
  })

  const hostileCases: readonly Case[] = [
    ['hangs', hostile.hangs, `fail ${kind}.timeout`],
    ['drips', hostile.drips('220-slow'), `fail ${kind}.timeout`],
    ['closes at once', hostile.closesAtOnce, `fail ${kind}.closed`],
    ['sends a line without end', hostile.endlessLine('220'), `fail ${kind}.too-big`],
  ]
  test.each(hostileCases)('with a server that %s', async (_name, behaviour, wanted) => {
    expect(await verdictOn(check, behaviour, timeout)).toBe(wanted)
  })

  test('with a server that sends garbage', async () => {
    expect(await verdictOn(check, hostile.garbage, timeout)).toMatch(/^fail /)
  })

  test('on a closed port', async () => {
    const outcome = await probe(check, await hostile.closedPort())
    expect(verdict(outcome)).toBe('fail connect.refused')
  })
})

describe('a dialogue', () => {
  test('is bounded in lines and in bytes', async () => {
    const pours = hostile.endlessLines('220-more\r\n')
    const server = await hostile.startHostileServer(pours)
    expect(verdict(await probe(smtp, server.target))).toBe('fail smtp.too-big')
    expect(DIALOGUE_LIMIT).toBeGreaterThan(LINE_LIMIT)
    expect(server.sentBytes()).toBeLessThan(16 * 1024 * 1024)
    await server.close()
  })

  test('shows in its transcript what was said and heard, without control characters', async () => {
    const transcript = new TranscriptRecorder()
    const server = await hostile.startHostileServer(
      greetsAndAnswers('220 \x1b[31mhi\r\n', '250 hello\r\n'),
    )
    const options = smtp.options.parse({ helo: 'me.test' })
    await runCheck(smtp, server.target, options, { timeoutMs: 1000, transcript })
    await server.close()
    const text = transcript.lines.join('')
    expect(text).toMatch(/< 220 .*> EHLO me\.test.*< 250 hello.*> QUIT/s)
    expect(text).not.toContain('\x1b')
  })

  test('ends with a polite close: the server hears QUIT and the end', async () => {
    let heard = ''
    let ended = (): void => {}
    const end = new Promise<void>((resolve) => {
      ended = resolve
    })
    const server = await hostile.startHostileServer((socket) => {
      socket.write('220 hi\r\n')
      socket.on('data', (bytes) => {
        heard += bytes.toString()
        if (heard.endsWith('EHLO lvs-warden.invalid\r\n')) socket.write('250 hi\r\n')
      })
      socket.on('end', () => {
        socket.end()
        ended()
      })
    })
    expect(verdict(await probe(smtp, server.target))).toBe('pass')
    await end
    expect(heard).toMatch(/QUIT\r\n$/)
    await server.close()
  })
})
