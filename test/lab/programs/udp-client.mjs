// A UDP client that goes on from one port: `node udp-client.mjs INTERVAL_MS HOST PORT` sends a
// datagram each interval, and leaves a line of JSON for each answer: when it came, and what it said.
import { createSocket } from 'node:dgram'

const [interval, host, port] = process.argv.slice(2)
const socket = createSocket('udp4')
socket.on('message', (answer) => {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), body: answer.toString() })}\n`)
})
socket.bind(() => setInterval(() => socket.send('hello', Number(port), host), Number(interval)))
