import { describe, expect, test } from 'vitest'
import { agent } from '../../probes/agent.ts'
import { runCheck } from '../../probes/run-check.ts'
import {
  answersThenResets,
  closedPort,
  closesAtOnce,
  drips,
  endlessLine,
  garbage,
  hangs,
  resetsAtOnce,
  saysThenCloses,
  saysThenHangs,
  startHostileServer,
} from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdictOn } from '../support/probe-run.ts'

describe.each([4, 6] as const)('agent() over IPv%i', (family) => {
  test('reads one line, whether it ends or the agent closes', async () => {
    expect(await verdictOn(agent, saysThenCloses('75%\n'), { family })).toBe(
      'degraded agent.weight',
    )
    expect(await verdictOn(agent, saysThenCloses('up'), { family })).toBe('pass')
    expect(await verdictOn(agent, saysThenHangs('drain\r\n'), { family })).toBe(
      'degraded agent.drain',
    )
    expect(await verdictOn(agent, saysThenCloses('up\ndown\n'), { family })).toBe('pass')
  })
})

describe('agent()', () => {
  test('says something first where the agent wants to be asked', async () => {
    const server = await startHostileServer(answersThenResets('down #backup runs\n'))
    const transcript = new TranscriptRecorder()
    const options = agent.options.parse({ send: 'state\n' })
    const limits = { timeoutMs: 2000, transcript }
    const { outcome } = await runCheck(agent, server.target, options, limits)
    await server.close()
    expect(outcome).toMatchObject({ outcome: 'fail', code: 'agent.down' })
    expect(outcome.detail).toContain('backup runs')
    expect(transcript.lines).toEqual(['> state\n', '< down #backup runs\n'])
  })

  const hostile = [
    ['closes at once', closesAtOnce, 'agent.closed'],
    ['resets', resetsAtOnce, '(agent|connect).reset'],
    ['accepts and says nothing', hangs, 'agent.timeout'],
    ['never ends its line', endlessLine(), 'agent.too-big'],
    ['drips a line without end', drips('x'), 'agent.timeout'],
    ['talks another language', garbage, 'agent.garbage'],
  ] as const

  test.each(hostile)('an agent that %s is none that can be asked', async (_, behaviour, code) => {
    const optional = await verdictOn(agent, behaviour)
    expect(optional).toMatch(new RegExp(`^inconclusive ${code}$`))
    const required = await verdictOn(agent, behaviour, { options: { required: true } })
    expect(required).toMatch(new RegExp(`^fail ${code}$`))
  })

  test('no agent is a failure only where it is required', async () => {
    const target = await closedPort()
    expect(await probe(agent, target)).toMatchObject({
      outcome: 'inconclusive',
      code: 'connect.refused',
    })
    expect(await probe(agent, target, { required: true })).toMatchObject({ outcome: 'fail' })
    expect(agent.isOptional?.(agent.options.parse({}))).toBe(true)
    expect(agent.isOptional?.(agent.options.parse({ required: true }))).toBe(false)
  })
})
