// A client that keeps asking: `node client.mjs INTERVAL_MS TIMEOUT_MS URL [keep]`. Each request has a
// connection of its own, or with `keep` all have the same one; it begins when it is due however long
// others take, and leaves a line of JSON: when it began, when it ended (ms since 1970), and the body
// with the client's port, or what went wrong. On SIGTERM it asks no more, and ends when its last
// request has ended.
import { Agent, get } from 'node:http'

const [interval, timeout, url, keep] = process.argv.slice(2)
const agent = keep === 'keep' && new Agent({ keepAlive: true, maxSockets: 1 })

function ask() {
  const startedAt = Date.now()
  const end = (outcome) => {
    process.stdout.write(`${JSON.stringify({ startedAt, endedAt: Date.now(), ...outcome })}\n`)
  }
  const request = get(url, { agent, signal: AbortSignal.timeout(Number(timeout)) })
  request.on('error', (error) => end({ error: error.code ?? error.message }))
  request.on('response', async (response) => {
    const { localPort: port } = request.socket
    const chunks = []
    try {
      for await (const chunk of response) chunks.push(chunk)
    } catch {
      return // The request's own error says it.
    }
    const body = Buffer.concat(chunks).toString()
    end(response.statusCode === 200 ? { body, port } : { error: `HTTP ${response.statusCode}` })
  })
}

ask()
const timer = setInterval(ask, Number(interval))
process.on('SIGTERM', () => {
  clearInterval(timer)
  if (agent) agent.destroy()
})
