import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { askHealth } from '../../../services/shared/process/ask-health.ts'

const running: Server[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.close()
})

async function answer(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body))
  running.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `0.0.0.0:${typeof address === 'object' ? address?.port : 0}`
}

describe('lvs-warden health', () => {
  test('is content with a process that is ready, whatever address it listens on', async () => {
    expect(await askHealth('--http', await answer(200, '{}'))).toEqual({
      isReady: true,
      story: 'ready',
    })
  })

  test('tells each part that is not ready and why', async () => {
    const parts = [{ part: 'bus' }, { part: 'table', why: 'EPERM' }, { part: 'x', why: 'y' }]
    expect(await askHealth('--http', await answer(503, JSON.stringify({ parts })))).toEqual({
      isReady: false,
      story: 'table: EPERM; x: y',
    })
  })

  test('tells the status of what speaks another language', async () => {
    expect(await askHealth('--http', await answer(404, '<html>'))).toEqual({
      isReady: false,
      story: 'HTTP status 404',
    })
  })

  test('says when nobody answers, and when the address is none', async () => {
    await expect(askHealth('--http', '127.0.0.1:1')).rejects.toMatchObject({
      code: 'health.unreachable',
    })
    await expect(askHealth('--http', '1')).rejects.toMatchObject({ code: 'config.invalid' })
  })

  test('reads no endless answer', async () => {
    const address = await answer(503, 'x'.repeat(200_000))
    await expect(askHealth('--http', address)).rejects.toThrow('too long')
  })
})
