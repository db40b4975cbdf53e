import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Asked, ProgramResult, SystemView } from '../ports/system-view.ts'
import { askWhoHas } from './arp-question.ts'

const PROGRAM_MS = 5000
const GREETING_MS = 3000
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024
const MAX_GREETING_BYTES = 16 * 1024
/** Programs of administration are not on everybody's path. */
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

/** This machine. */
export function createMachineView(): SystemView {
  return {
    readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
    list: (path) => readdir(path).catch(() => []),
    run,
    async whoHas(device, address) {
      try {
        return { answer: await askWhoHas(device, address) }
      } catch (error) {
        return { problem: messageOf(error) }
      }
    },
    greeting,
  }
}

function run([program = '', ...args]: readonly string[]): Promise<ProgramResult> {
  const options = {
    timeout: PROGRAM_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${PATH}`, LC_ALL: 'C' },
  }
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ status: error.code, stdout, stderr })
      else resolve({ stdout, stderr: error.message })
    })
  })
}

function greeting(host: string, port: number): Promise<Asked<string>> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const timer = setTimeout(
      () => end({ problem: `no answer within ${GREETING_MS / 1000} s` }),
      GREETING_MS,
    )
    let text = ''
    function end(result: Asked<string>): void {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      const [line = '', ...rest] = text.split('\r\n')
      if (rest.length > 0) end({ answer: line })
      else if (text.length > MAX_GREETING_BYTES) end({ problem: 'it says no line' })
    })
    socket.on('error', (error) => end({ problem: error.message }))
    socket.on('end', () => end({ problem: 'it hung up' }))
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
