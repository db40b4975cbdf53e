import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialogue } from '../../probes/dialogue.ts'
import { runCheck } from '../../probes/run-check.ts'
import { makeCertificates } from '../support/certificates.ts'
import { type Dovecot, EVE, noDovecot, startDovecot } from '../support/dovecot.ts'
import * as hostile from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const { greetsAndAnswers, saysThenCloses, saysThenHangs } = hostile
const SMTP = [{ expect: '^220 ' }, { send: 'HELO me' }, { expect: '^250', code: 'helo' }]

describe('dialogue()', () => {
  testHostilePeers(dialogue, { steps: SMTP })
  testHostilePeers(dialogue, { steps: SMTP, tls: true }, 'tls')

  test.each([
    ['says all of it', greetsAndAnswers('220 hi\r\n', '250 ok\r\n'), {}, 'pass'],
    ['says something else', greetsAndAnswers('554 hi\r\n'), {}, 'fail dialogue.expect'],
    [
      'fails in a step with a code',
      greetsAndAnswers('220 hi\r\n', '5\r\n'),
      {},
      'fail dialogue.helo',
    ],
    ['says only half', saysThenHangs('220 hi\r\n'), {}, 'fail dialogue.timeout'],
    [
      'answers in many lines',
      greetsAndAnswers('a\r\nb\r\n', '250-x\r\n250 y\r\n', '250 z\r\n'),
      {
        steps: [
          { expect: '^b$', frame: 'any' },
          { send: 'x' },
          { expect: '^250-x\\n250 y$', frame: 'smtp' },
          { send: 'y' },
          { expect: 'z' },
        ],
      },
      'pass',
    ],
    [
      'goes on behind the line that was looked for',
      saysThenHangs('a\nneedle\nlast\n'),
      { steps: [{ expect: 'needle', frame: 'any' }, { expect: '^last$' }] },
      'pass',
    ],
    [
      'closes without what was looked for',
      saysThenCloses('a\nb\n'),
      { steps: [{ expect: 'needle', frame: 'any', code: 'hay' }] },
      'fail dialogue.hay',
    ],
    [
      'does not do TLS after all',
      greetsAndAnswers('220 hi\r\n', '220 go\r\n', 'what?\r\n'),
      { steps: [{ expect: '^220' }, { send: 'STARTTLS' }, { expect: '^220' }, { starttls: true }] },
      'fail tls.handshake',
    ],
  ] as const)('with a server that %s', async (_name, behaviour, options, wanted) => {
    const written = { steps: SMTP, ...options }
    expect(await verdictOn(dialogue, behaviour, { options: written, timeoutMs: 300 })).toBe(wanted)
  })

  test.each([
    [[], 'steps'],
    [[{}], 'want one of expect, send, starttls, halfClose in a step, got none of them'],
    [[{ expect: 'a', send: 'b' }], 'got expect and send'],
    [[{ send: 'b', code: 'x' }], 'code goes with expect, not with send'],
    [[{ starttls: true, frame: 'line' }], 'frame goes with expect, not with starttls'],
    [[{ expect: '(' }], 'want a regular expression'],
    [[{ expect: 'a', frame: 'lines' }], 'frame'],
    [[{ expect: 'a', code: 'Not OK' }], 'want a short word'],
    [[{ send: 'PASS {secret}' }], '{secret} needs the key secret'],
    [[{ send: 'PASS', secret: 'x' }], 'want {secret} in the text'],
    [[{ sent: 'x' }], 'sent'],
    [[{ starttls: false }], 'starttls'],
    [[{ starttls: true }, { starttls: true }], 'TLS can start only once'],
    [Array.from({ length: 51 }, () => ({ send: 'x' })), 'steps'],
    [[{ send: 'x'.repeat(9000) }], '8192'],
  ])('refuses the steps %#, and says why', (steps, wanted) => {
    const result = dialogue.options.safeParse({ steps })
    expect(result.success).toBe(false)
    const said = result.error?.issues.map(({ message, path }) => `${path.join('.')}: ${message}`)
    expect(said?.join('\n')).toContain(wanted)
  })

  test.each(['line', 'any'])('hides a secret, its echo and a detail with it: %s', async (frame) => {
    const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-secret-'))
    writeFileSync(join(dir, 'secret'), 'open-sesame\n')
    const server = await hostile.startHostileServer((socket) => {
      socket.on('data', (bytes) => socket.end(bytes))
    })
    const transcript = new TranscriptRecorder()
    const steps = [
      { send: 'PASS {secret}', secret: { file: join(dir, 'secret') } },
      { expect: '^OK', frame },
    ]
    const limits = { timeoutMs: 1000, transcript }
    const { outcome } = await runCheck(
      dialogue,
      server.target,
      dialogue.options.parse({ steps }),
      limits,
    )
    await server.close()
    rmSync(dir, { recursive: true })
    expect(outcome).toMatchObject({ code: 'dialogue.expect', layer: 'content' })
    expect(outcome.detail).toContain('got PASS ***')
    expect(transcript.lines).toEqual(['> PASS ***\r\n', '< PASS ***\r\n'])
  })

  test('ends the lines that it sends as it is told', async () => {
    let heard = ''
    const server = await hostile.startHostileServer((socket) => {
      socket.on('data', (bytes) => {
        heard += bytes.toString()
      })
      socket.on('end', () => socket.end('done\n'))
    })
    const steps = [{ send: 'a' }, { send: 'b\n' }, { halfClose: true }, { expect: 'done' }]
    const options = { steps, lineEnd: 'lf' }
    expect(verdict(await probe(dialogue, server.target, options))).toBe('pass')
    expect(heard).toBe('a\nb\n')
    await server.close()
  })
})

describe.skipIf(noDovecot !== '')(`dialogue() against Dovecot${noDovecot}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-dialogue-'))
  const certificates = makeCertificates(dir)
  let dovecot: Dovecot

  beforeAll(async () => {
    dovecot = await startDovecot(dir, certificates)
  })
  afterAll(async () => {
    await dovecot?.child.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  testRealServer(dialogue, () => ({
    target: { address: '127.0.0.1', family: 4, port: dovecot.ports.pop3 },
    child: dovecot.child,
    options: {
      ca: certificates.ca,
      sni: 'shop.test',
      lastWords: 'QUIT',
      steps: [
        { expect: '^\\+OK' },
        { send: 'STLS' },
        { expect: '^\\+OK' },
        { starttls: true },
        { send: `USER ${EVE.user}` },
        { expect: '^\\+OK' },
        { send: 'PASS {secret}', secret: EVE.password },
        { expect: '^\\+OK', code: 'login' },
        { send: 'STAT' },
        { expect: '^\\+OK 0 0$' },
      ],
    },
  }))
})
