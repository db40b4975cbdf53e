// Runs in a director: tells the field, over TCP, each change of a weight in the kernel's table.
// Arguments: host and port of the field. Its lines: address, weight.
import { openSync, readSync } from 'node:fs'
import { connect } from 'node:net'

const LOOK_EVERY_MS = 10
const [host, port] = process.argv.slice(2)
const table = openSync('/proc/net/ip_vs', 'r')
const field = connect(Number(port), host).setNoDelay(true)
const buffer = Buffer.alloc(65_536)
let seen = Buffer.alloc(0)
let weights = new Map()

/** /proc gives a page at a time. */
function read() {
  for (let length = 0; ; ) {
    const got = readSync(table, buffer, length, buffer.length - length, length)
    if (got === 0) return buffer.subarray(0, length)
    length += got
  }
}

function look() {
  const now = read()
  if (now.equals(seen)) return
  seen = Buffer.from(now)
  const rows = seen.toString().matchAll(/-> ([0-9A-F]{8}):[0-9A-F]{4} +\S+ +(\d+)/g)
  const found = new Map([...rows].map(([, address, weight]) => [dotted(address), Number(weight)]))
  for (const address of weights.keys()) if (!found.has(address)) tell(address, 'none')
  for (const [address, weight] of found) {
    if (weights.get(address) !== weight) tell(address, weight)
  }
  weights = found
}

function tell(address, weight) {
  field.write(`${address} ${weight}\n`)
}

function dotted(hex) {
  return Buffer.from(hex, 'hex').join('.')
}

setInterval(look, LOOK_EVERY_MS)
