// The real servers of the detection benchmark and their killer, on one host of the lab, with the one
// clock of the measurement: the director's watcher tells here what its kernel's table says.
// Argument: a file of settings as JSON. Prints a line of JSON for each kill.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 5
const COUNT_EVERY_MS = 500
const READY_MS = 300_000
const TURN_MS = 60_000
/** Everyone has been checked so often before the first kill. */
const CHECKS_BEFORE = 3
const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const { folder, servers, victims, intervalMs, watchPort, statusPort } = settings
/** What the director's kernel holds, and when it first took the present victim out. */
const weights = new Map()
let outAt
let victim
/** Changes of rows whose server was well. */
let falseAlarms = 0
let isReady = false

process.setMaxListeners(0)
listen()
const crowd = servers.filter((address) => !victims.includes(address))
serve('crowd', crowd)
const processes = new Map(victims.map((address) => [address, serve(address, [address])]))
say({ type: 'serving' })
await until(READY_MS, () => servers.every((address) => weights.get(address) === '1'))
const countBefore = await requests()
for (
  let asked = 1;
  (await requests()) - countBefore - asked < CHECKS_BEFORE * crowd.length;
  asked++
) {
  await delay(COUNT_EVERY_MS)
}
isReady = true
const random = mulberry32(settings.seed)
const order = shuffled(victims)
const killedAt = new Map()
for (const address of order) await kill(address, performance.now() + 2 * intervalMs * random())
for (const address of order) await kill(address, oppositePhase(killedAt.get(address)))
say({ type: 'end', falseAlarms })
process.exit()

/** The next kill does not wait for the recovery: its victim is another one. */
async function kill(address, atMs) {
  await until(TURN_MS, () => weights.get(address) === '1' && performance.now() >= atMs)
  outAt = undefined
  victim = address
  const startedAt = performance.now()
  killedAt.set(address, startedAt)
  processes.get(address).kill('SIGKILL')
  await until(TURN_MS, () => outAt !== undefined)
  processes.set(address, serve(address, [address]))
  await until(TURN_MS, () => accepts(address))
  say({ type: 'kill', address, afterMs: outAt - startedAt })
}

/** Half an interval from where in an interval the first kill was: who was lucky then is not now. */
function oppositePhase(firstAtMs) {
  const earliest = performance.now() + intervalMs * random()
  const opposite = firstAtMs + intervalMs / 2
  return opposite + Math.ceil((earliest - opposite) / intervalMs) * intervalMs
}

function shuffled(all) {
  const drawn = all.map((address) => ({ address, lot: random() }))
  return drawn.sort((a, b) => a.lot - b.lot).map(({ address }) => address)
}

function listen() {
  createServer((director) => {
    let text = ''
    director.setEncoding('latin1').on('error', () => undefined)
    director.on('data', (part) => {
      const lines = (text + part).split('\n')
      text = lines.pop()
      for (const line of lines) hear(...line.split(' '))
    })
  }).listen(watchPort)
}

function hear(address, weight) {
  weights.set(address, weight)
  if (weight === '1' || !isReady) return
  if (address === victim && weight === '0') outAt ??= performance.now()
  else {
    falseAlarms++
    process.stderr.write(`${address} has weight ${weight}\n`)
  }
}

/** One process without workers, so that a kill leaves nobody behind. */
function serve(name, addresses) {
  const dir = join(folder, name)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'nginx.conf'), configuration(name, dir, addresses))
  const flags = ['-p', dir, '-e', join(dir, 'error.log'), '-c', 'nginx.conf']
  const child = spawn('nginx', flags, { stdio: 'ignore' })
  process.once('exit', () => child.kill('SIGKILL'))
  child.on('exit', () => {
    if (!child.killed) throw new Error(`the nginx of ${name} ended by itself`)
  })
  return child
}

function configuration(name, dir, addresses) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${join(dir, kind)};`)
    .join(' ')
  const listening = addresses.map((address) => `listen ${address}:80;`).join(' ')
  const counting = `server { listen 127.0.0.1:${statusPort}; location / { stub_status; } }`
  const status = name === 'crowd' ? counting : ''
  return `
    daemon off; master_process off; pid ${join(dir, 'pid')};
    events { worker_connections 4096; }
    http {
      access_log off; ${temporary}
      server { ${listening} location / { return 200 "ready\\n"; } }
      ${status}
    }`
}

/** Requests that the crowd has answered, ours included. */
async function requests() {
  const answer = await fetch(`http://127.0.0.1:${statusPort}/`).then((response) => response.text())
  return Number(/\d+ \d+ (\d+)/.exec(answer)[1])
}

function accepts(address) {
  return new Promise((resolve) => {
    const socket = connect(80, address)
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

async function until(timeoutMs, isSo) {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not in ${timeoutMs} ms: ${isSo}`)
    await delay(POLL_MS)
  }
}

function say(news) {
  process.stdout.write(`${JSON.stringify(news)}\n`)
}

/** A small generator of even quality; the same seed gives the same waits. */
function mulberry32(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
