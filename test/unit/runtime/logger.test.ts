import { describe, expect, test } from 'vitest'
import { createLogger, type LoggerOptions } from '../../../services/shared/runtime/logger.ts'
import { ServiceError } from '../../../services/shared/runtime/service-error.ts'

function capture(options: LoggerOptions = {}) {
  const lines: string[] = []
  const logger = createLogger({ ...options, stream: { write: (line) => lines.push(line) } })
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line)) }
}

describe('the log', () => {
  test('is one line of JSON an event, with level, time, fields and message', () => {
    const { logger, lines, parsed } = capture()
    logger.child({ service: 'web' }).warn({ server: 'web1' }, 'a server went down')
    expect(lines).toHaveLength(1)
    expect(parsed()[0]).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: 'web',
      server: 'web1',
      msg: 'a server went down',
    })
  })

  test('leaves out what is below its level', () => {
    const { logger, lines } = capture({ level: 'error' })
    logger.info({}, 'quiet')
    logger.error({}, 'loud')
    expect(lines).toHaveLength(1)
  })

  test('never writes a secret, wherever it hides', () => {
    const { logger, lines } = capture()
    const error = Object.assign(new ServiceError('influx.write', 'refused'), {
      request: { headers: { authorization: 'Basic hunter2' } },
    })
    const options = { password: 'hunter2', headers: { authorization: 'hunter2' } }
    logger.info({ error, options, token: 'hunter2' }, 'all of them')
    expect(lines[0]).not.toContain('hunter2')
    expect(lines[0]).toContain('influx.write')
  })

  test('shows the causes of an error', () => {
    const { logger, parsed } = capture()
    const cause = Object.assign(new Error('disk full'), { code: 'ENOSPC' })
    logger.error({ error: new ServiceError('bus.storage', 'cannot keep', { cause }) }, 'lost')
    expect(parsed()[0].error).toEqual({
      name: 'ServiceError',
      code: 'bus.storage',
      message: 'cannot keep',
      cause: { name: 'Error', code: 'ENOSPC', message: 'disk full' },
    })
  })

  test('can be made for people', () => {
    const { logger, lines } = capture({ pretty: true })
    logger.info({ service: 'web', note: 'two words' }, 'started')
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} info {2}started {2}service=web note="two words"\n$/,
    )
  })
})
