import { describe, expect, test } from 'vitest'
import { runCheck } from '../../probes/run-check.ts'
import { telnet, telnets } from '../../probes/telnet.ts'
import * as hostile from '../support/hostile-server.ts'
import { TranscriptRecorder, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers } from '../support/real-server-suite.ts'

/** What a telnet daemon of the inetutils says first: DO TERMINAL TYPE, TSPEED, XDISPLOC, NEW-ENVIRON. */
const GREETING = Buffer.from('fffd18fffd20fffd23fffd27', 'hex')
/** Then it asks for echo and window size, and sends a parameter of an option. */
const MORE = Buffer.from('fffb03fffd01fffd1ffffa1801fff0', 'hex')

function says(...parts: readonly (string | Buffer)[]): hostile.Behaviour {
  return (socket) => {
    for (const part of parts) socket.write(part)
    socket.resume()
  }
}

describe('telnet()', () => {
  testHostilePeers(telnet, {})
  testHostilePeers(telnets, {}, 'tls')

  test.each([
    ['shows a prompt', says(GREETING, MORE, 'Debian 12\r\n\r\nhost login: '), {}, 'pass'],
    ['shows it in pieces', says('lo', Buffer.of(255, 253), Buffer.of(1), 'gin:'), {}, 'pass'],
    ['asks for a user name', says('Username: '), {}, 'pass'],
    ['shows another', says('> '), { expect: '^> $' }, 'pass'],
    ['shows none', says(GREETING, 'Debian 12\r\n'), {}, 'fail telnet.timeout'],
    ['closes without', hostile.saysThenCloses('too many users\r\n'), {}, 'fail telnet.prompt'],
    [
      'talks of nothing but options',
      says(Buffer.alloc(300_000, GREETING)),
      {},
      'fail telnet.timeout',
    ],
  ])('with a server that %s', async (_name, behaviour, options, wanted) => {
    for (const family of [4, 6] as const) {
      expect(await verdictOn(telnet, behaviour, { options, timeoutMs: 250, family })).toBe(wanted)
    }
  })

  test('refuses every option, each once', async () => {
    let heard = Buffer.alloc(0)
    const server = await hostile.startHostileServer((socket) => {
      socket.on('data', (bytes) => {
        heard = Buffer.concat([heard, bytes])
        if (heard.length === 21) socket.write('login: ')
      })
      socket.write(Buffer.concat([GREETING, GREETING, MORE]))
    })
    const transcript = new TranscriptRecorder()
    const limits = { timeoutMs: 2000, transcript }
    await runCheck(telnet, server.target, telnet.options.parse({}), limits)
    await server.close()
    expect(heard.toString('hex')).toBe('fffc18fffc20fffc23fffc27fffe03fffc01fffc1f')
    expect(transcript.lines.join('')).toContain('login: ')
  })
})
