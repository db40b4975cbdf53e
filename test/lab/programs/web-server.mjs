// A real server of the lab: `node web-server.mjs NAME FOLDER PORT...` answers each request with its
// name and port. The file `mode` in its folder makes it ill: `500`, or `hang` (accepts, reads, never
// answers). `/download` goes on, line by numbered line, until a file `finish` is there.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const LINE_MS = 100
const [name, folder, ...ports] = process.argv.slice(2)

function mode() {
  try {
    return readFileSync(join(folder, 'mode'), 'utf8')
  } catch {
    return ''
  }
}

function answer(request, response) {
  const ill = mode()
  if (ill === 'hang') return
  if (ill !== '') response.writeHead(Number(ill)).end(`${name} is ill\n`)
  else if (request.url === '/download') download(response)
  else response.end(`${name}:${request.socket.localPort}`)
}

function download(response) {
  let lines = 0
  const timer = setInterval(() => {
    lines++
    response.write(`${name} ${lines}\n`)
    if (!existsSync(join(folder, 'finish'))) return
    response.end(`end after ${lines}\n`)
    clearInterval(timer)
  }, LINE_MS)
  response.on('close', () => clearInterval(timer))
}

let left = ports.length
for (const port of ports) {
  createServer(answer).listen(Number(port), () => {
    left--
    if (left === 0) process.stdout.write('ready\n')
  })
}
