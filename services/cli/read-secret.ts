import { ServiceError } from '../shared/runtime/service-error.ts'

/** The parts of standard input and error that a hidden question needs. */
export interface SecretStreams {
  readonly input: Pick<
    NodeJS.ReadStream,
    'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'
  >
  readonly prompt: (text: string) => void
}

const ENTER = new Set(['\r', '\n'])
const ERASE = new Set(['\u007f', '\b'])
const GIVE_UP = new Set(['\u0003', '\u0004'])
const KILL_LINE = '\u0015'

/**
 * Asks a person at a terminal, without showing what is typed; undefined when nobody can be asked.
 * Throws `cli.no` for Ctrl-C.
 */
export async function readSecret(
  { input, prompt }: SecretStreams,
  question: string,
): Promise<string | undefined> {
  if (!input.isTTY) return undefined
  prompt(question)
  input.setRawMode(true)
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = ''
      function listen(bytes: Buffer): void {
        for (const key of bytes.toString()) {
          if (ENTER.has(key) || GIVE_UP.has(key)) {
            input.off('data', listen)
            if (ENTER.has(key)) resolve(typed)
            else reject(new ServiceError('cli.no', 'given up'))
            return
          }
          if (ERASE.has(key)) typed = [...typed].slice(0, -1).join('')
          else if (key === KILL_LINE) typed = ''
          else if (key >= ' ') typed += key
        }
      }
      input.on('data', listen)
      input.resume()
    })
  } finally {
    input.setRawMode(false)
    input.pause()
    prompt('\n')
  }
}
