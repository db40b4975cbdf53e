import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createWebhookNotifier } from '../../../services/shared/adapters/webhook-notifier.ts'
import type { Notice } from '../../../services/shared/ports/notifier.ts'

const NOTICE: Notice = {
  cluster: 'shop',
  raised: [{ key: 'no-server/web', severity: 'critical', message: 'web: nothing', since: 0 }],
  over: [{ key: 'a', severity: 'warning', message: 'quiet', since: 0, endedAt: 90_000 }],
}
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function startReceiver(status: number | 'hang') {
  const got: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      if (status !== 'hang') response.writeHead(status).end('thanks')
    })
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/s3cret` }
}

test('a notice is posted as JSON with words for people, and signed', async () => {
  const { got, url } = await startReceiver(204)
  const notifier = createWebhookNotifier({ url, secret: 'key' })
  await notifier.notify(NOTICE)
  notifier.close()
  const [{ headers, body } = { headers: {}, body: '' }] = got
  expect(JSON.parse(body)).toMatchObject({
    cluster: 'shop',
    subject: 'shop: CRITICAL: web: nothing and 1 more',
    text: 'CRITICAL: web: nothing\nover after 1m 30s: quiet\n',
    raised: [{ key: 'no-server/web', since: '1970-01-01T00:00:00.000Z' }],
    over: [{ key: 'a', endedAt: '1970-01-01T00:01:30.000Z' }],
  })
  const hex = createHmac('sha256', 'key').update(body).digest('hex')
  expect(headers['x-lvs-warden-signature']).toBe(`sha256=${hex}`)
})

test.each([[429], [500], [302]])('a receiver that answers %i has not taken it', async (status) => {
  const { url } = await startReceiver(status)
  const notifier = createWebhookNotifier({ url })
  await expect(notifier.notify(NOTICE)).rejects.toMatchObject({
    code: 'notifier.refused',
    message: expect.stringContaining(String(status)),
  })
  notifier.close()
})

test('a receiver that hangs is given up, and its address, a secret, is not named', async () => {
  const { url } = await startReceiver('hang')
  const notifier = createWebhookNotifier({ url, timeoutMs: 50 })
  await expect(notifier.notify(NOTICE)).rejects.toMatchObject({
    code: 'notifier.unreachable',
    message: expect.not.stringContaining('s3cret'),
  })
  notifier.close()
})
