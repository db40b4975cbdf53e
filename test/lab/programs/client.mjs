// A client that keeps asking: `node client.mjs INTERVAL_MS TIMEOUT_MS URL`. Each request has a
// connection of its own, begins when it is due however long others take, and leaves a line of JSON:
// when it began, when it ended (ms since 1970), and the body or what went wrong. On SIGTERM it asks no
// more, and ends when its last request has ended.
import { get } from 'node:http'

const [interval, timeout, url] = process.argv.slice(2)

function ask() {
  const startedAt = Date.now()
  const end = (outcome) => {
    process.stdout.write(`${JSON.stringify({ startedAt, endedAt: Date.now(), ...outcome })}\n`)
  }
  const request = get(url, { agent: false, signal: AbortSignal.timeout(Number(timeout)) })
  request.on('error', (error) => end({ error: error.code ?? error.message }))
  request.on('response', async (response) => {
    const chunks = []
    try {
      for await (const chunk of response) chunks.push(chunk)
    } catch {
      return // The request's own error says it.
    }
    const body = Buffer.concat(chunks).toString()
    end(response.statusCode === 200 ? { body } : { error: `HTTP ${response.statusCode}` })
  })
}

ask()
const timer = setInterval(ask, Number(interval))
process.on('SIGTERM', () => clearInterval(timer))
