import { randomBytes, randomInt } from 'node:crypto'
import { z } from 'zod'
import { defineCheck, fail, inconclusive, type Outcome, pass, type Target } from './check.ts'
import { COOKIE_LENGTH, echoRequest, type IcmpAnswer, readAnswer, renumber } from './icmp-packet.ts'
import { openIcmpSocket } from './icmp-socket.ts'
import { outcomeOf } from './network-error.ts'
import type { IcmpSocket } from './quick-icmp-socket.ts'

const options = z.strictObject({})

/** Passes when the server answers one ICMP echo request. One socket a source and family. */
export const icmp = defineCheck<z.infer<typeof options>>({
  kind: 'icmp',
  summary: 'Passes when the server answers one ICMP echo request (ping), IPv4 or IPv6.',
  options,
  example: '{ type: icmp, interval: 1s }',
  codes: {
    'icmp.timeout': 'No echo reply in time.',
    'icmp.unreachable': 'A router or the host said that it cannot be reached.',
    'icmp.unavailable': 'Inconclusive: this machine allows no ICMP socket.',
    'icmp.socket': 'Inconclusive: the ICMP socket broke.',
    'icmp.busy': 'Inconclusive: too many echoes are under way.',
  },
  portless: true,
  withoutTcp: true,
  async run(target, _options, { deadline, transcript }) {
    const pinger = await pingerFor(target)
    return new Promise<Outcome>((resolve) => {
      const finish = (outcome: Outcome): void => {
        unlisten()
        forget()
        transcript?.note(outcome.detail)
        resolve(outcome)
      }
      const unlisten = deadline.onExpire(() =>
        finish(fail('network', 'icmp.timeout', `${target.address}: no echo reply in time`)),
      )
      transcript?.note(`echo request to ${target.address}`)
      const forget = pinger.ping(target, finish)
    })
  },
})

interface Echo {
  readonly number: number
  readonly address: string
  readonly finish: (outcome: Outcome) => void
}

const pingers = new Map<string, Promise<Pinger>>()

/** Opened at the first ping; a failure to open is tried again by the next run. */
function pingerFor(target: Target): Promise<Pinger> {
  const { family, source } = target
  const key = `${family} ${source ?? ''}`
  const known = pingers.get(key)
  if (known !== undefined) return known
  const opening = openIcmpSocket(family, source).then(
    (socket) => new Pinger(family, socket, () => pingers.delete(key)),
  )
  pingers.set(key, opening)
  opening.catch(() => pingers.delete(key))
  return opening
}

class Pinger {
  readonly #family: 4 | 6
  readonly #socket: IcmpSocket
  readonly #id = randomInt(0x10000)
  /** Its last four bytes number the echoes. */
  readonly #cookie = randomBytes(COOKIE_LENGTH)
  readonly #packet: Buffer
  readonly #waiting = new Map<number, Echo>()
  #count = 0

  constructor(family: 4 | 6, socket: IcmpSocket, onBroken: () => void) {
    this.#family = family
    this.#socket = socket
    this.#packet = echoRequest(family, this.#id, 0, this.#cookie)
    const hasIpHeader = socket.isRaw && family === 4
    const onMessage = (bytes: Buffer): void => {
      const answer = readAnswer(family, bytes, hasIpHeader)
      if (answer !== undefined) this.#take(answer)
    }
    socket.listen(onMessage, (error) => {
      onBroken()
      socket.close()
      const lost = inconclusive('icmp.socket', `the ICMP socket broke: ${error.message}`)
      for (const echo of this.#waiting.values()) echo.finish(lost)
    })
  }

  /** Sends one echo request; returns how to stop waiting for its answer. */
  ping(target: Target, finish: (outcome: Outcome) => void): () => void {
    if (this.#waiting.size > 0xffff) {
      queueMicrotask(() => finish(inconclusive('icmp.busy', 'too many echoes are under way')))
      return () => {}
    }
    do this.#count = (this.#count + 1) >>> 0
    while (this.#waiting.has(this.#count & 0xffff))
    const number = this.#count
    const sequence = number & 0xffff
    this.#waiting.set(sequence, { number, address: target.address, finish })
    renumber(this.#packet, this.#family, sequence, number)
    const code = this.#socket.send(this.#packet, target.address)
    if (code !== undefined) {
      const error = Object.assign(new Error(code), { code })
      queueMicrotask(() => finish(outcomeOf(error, 'icmp', target)))
    }
    return () => this.#waiting.delete(sequence)
  }

  #take(answer: IcmpAnswer): void {
    const echo = this.#waiting.get(answer.sequence)
    if (echo === undefined) return
    if (answer.type === 'reply') {
      if (this.#isOurs(answer.cookie, echo)) echo.finish(pass('echo reply'))
    } else if (answer.id === this.#id && this.#socket.isRaw) {
      const detail = `${echo.address}: reported unreachable (ICMP code ${answer.code})`
      echo.finish(fail('network', 'icmp.unreachable', detail))
    }
  }

  /** Nobody else knows the cookie, and no two echoes under way have the same number. */
  #isOurs(cookie: Buffer, { number }: Echo): boolean {
    const own = COOKIE_LENGTH - 4
    if (cookie.length < COOKIE_LENGTH || cookie.readUInt32BE(own) !== number) return false
    return cookie.compare(this.#cookie, 0, own, 0, own) === 0
  }
}
