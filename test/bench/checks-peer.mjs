// Servers of several protocols in a process of their own, so that their CPU time is not ours.
// Arguments: files of a certificate and its key, and after how many milliseconds, in the mean, each
// answer comes. Prints the ports as one line of JSON.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

// Whoever started this is gone when its end of the pipe is.
process.stdin.resume().on('end', () => process.exit())

const [cert, key, delay] = process.argv.slice(2)
const delayMs = Number(delay)
const HTTP = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nready\n'

/** What each says at once, and to each thing that it hears. */
const languages = {
  tcp: { answers: [] },
  http: { answers: [HTTP] },
  smtp: { greeting: '220 bench ESMTP\r\n', answers: ['250-bench\r\n250 HELP\r\n', '221 bye\r\n'] },
  pop3: { greeting: '+OK ready\r\n', answers: ['+OK\r\nUSER\r\n.\r\n', '+OK bye\r\n'] },
  redis: { answers: ['+PONG\r\n', '+OK\r\n'] },
}

const pem = { cert: readFileSync(cert), key: readFileSync(key) }
const ports = {}
for (const [name, language] of Object.entries(languages)) {
  ports[name] = await portOf(createServer({ noDelay: true }, (socket) => speak(socket, language)))
}
ports.https = await portOf(createTlsServer(pem, (socket) => speak(socket, languages.http)))
ports.udp = await startUdp()
process.stdout.write(`${JSON.stringify(ports)}\n`)

function speak(socket, { greeting, answers }) {
  const left = [...answers]
  socket.on('error', () => {})
  if (greeting !== undefined) later(() => socket.write(greeting))
  socket.on('data', () => {
    const answer = left.shift()
    if (answer !== undefined) later(() => socket.destroyed || socket.write(answer))
  })
}

async function portOf(server) {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 8192 })
  await once(server, 'listening')
  return server.address().port
}

async function startUdp() {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 })
  socket.on('message', (bytes, from) => {
    later(() => socket.send(bytes, from.port, from.address))
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.address().port
}

function later(say) {
  if (delayMs === 0) say()
  // Not all alike: checks that once came together would come together for ever.
  else setTimeout(say, delayMs * (0.5 + Math.random()))
}
