import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'

/** One exchange without any of our code: what a script of ten lines would do. */
export type BareExchange = () => Promise<void>

/** A line dialogue: each thing said when what was heard ends so; the last words end it. */
export interface BareDialogue {
  readonly port: number
  readonly steps: readonly { readonly until?: string; readonly say: string }[]
  readonly until: string
  readonly lastWords: string
}

/** Connects, and hangs up. */
export function bareConnect(port: number): BareExchange {
  return () =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.on('error', reject)
      socket.on('connect', () => {
        socket.destroy()
        resolve()
      })
    })
}

/** Connects and speaks a dialogue. */
export function bareDialogue({ port, steps, until, lastWords }: BareDialogue): BareExchange {
  return () =>
    new Promise((resolve, reject) => {
      const socket: Socket = connect({ port, host: '127.0.0.1' })
      let at = 0
      let text = ''
      const speak = (): void => {
        for (let step = steps[at]; step !== undefined; step = steps[at]) {
          if (step.until !== undefined && !text.endsWith(step.until)) return
          text = ''
          socket.write(step.say)
          at += 1
        }
      }
      socket.on('error', reject)
      socket.on('connect', speak)
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1')
        speak()
        if (at < steps.length || !text.endsWith(until)) return
        at = Number.POSITIVE_INFINITY
        if (lastWords === '') socket.destroy()
        else socket.end(lastWords)
        resolve()
      })
    })
}

/** Sends a datagram and waits for one. */
export function bareDatagram(port: number, payload: string): BareExchange {
  return () =>
    new Promise((resolve, reject) => {
      const socket = createSocket('udp4')
      socket.on('error', reject)
      socket.on('message', () => {
        socket.close()
        resolve()
      })
      socket.connect(port, '127.0.0.1', () => socket.send(payload))
    })
}

/** A TLS handshake whose certificate is verified, and nothing more. */
export function bareHandshake(port: number, secureContext: SecureContext): BareExchange {
  return () =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', secureContext })
      socket.on('error', reject)
      socket.on('secureConnect', () => {
        socket.destroy()
        resolve()
      })
    })
}
