import { z } from 'zod'
import { defineCheck, type Outcome, pass } from './check.ts'
import { OpenSocket } from './open-socket.ts'

const options = z.strictObject({})

/** Passes when the server accepts a TCP connection. Says nothing and reads nothing. */
export const tcp = defineCheck<z.infer<typeof options>>({
  kind: 'tcp',
  summary: 'Passes when the server accepts a TCP connection; nothing is sent or read.',
  options,
  example: '{ type: tcp, port: 8443 }',
  run(target, _options, { deadline, transcript }) {
    return new Promise<Outcome>((resolve) => {
      const socket = new OpenSocket(target, undefined, deadline, {
        phase: 'tcp',
        waitsFor: 'connection',
        onReady() {
          socket.destroy()
          transcript?.note('connected')
          resolve(CONNECTED)
        },
        onBytes() {},
        endsEarly: () => false,
        onBroken: resolve,
      })
    })
  },
})

const CONNECTED = pass('connected')
