import { request } from 'node:http'
import { type ListenAddress, parseListenAddress } from '../runtime/listen-address.ts'
import { ServiceError } from '../runtime/service-error.ts'

/** What a process says of itself. */
export interface HealthAnswer {
  readonly isReady: boolean
  /** For people: `ready`, or each part that is not and why. */
  readonly story: string
}

const TIMEOUT_MS = 3000
const MAX_ANSWER_CHARACTERS = 64 * 1024

/**
 * Asks the process that answers `/readyz` there. Throws `config.invalid` for what is no address and
 * `health.unreachable` when nothing answers in time.
 */
export async function askHealth(option: string, text: string): Promise<HealthAnswer> {
  const address = parseListenAddress(option, text)
  const { status, body } = await get(address, text)
  if (status === 200) return { isReady: true, story: 'ready' }
  const parts = partsOf(body).filter(({ why }) => why !== undefined)
  const story = parts.map(({ part, why }) => `${part}: ${why}`).join('; ')
  return { isReady: false, story: story || `HTTP status ${status}` }
}

/** A process that listens on all addresses is asked on loopback. */
function get(
  { host, port }: ListenAddress,
  text: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const to = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return new Promise((resolve, reject) => {
    const asking = request({ host: to, port, path: '/readyz', agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
        if (body.length > MAX_ANSWER_CHARACTERS) asking.destroy(new Error('the answer is too long'))
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    const tooLate = setTimeout(() => asking.destroy(new Error('no answer in time')), TIMEOUT_MS)
    asking.on('close', () => clearTimeout(tooLate))
    asking.on('error', (error) => {
      const message = `nobody answers /readyz on ${text}: ${error.message}`
      reject(new ServiceError('health.unreachable', message, { cause: error }))
    })
    asking.end()
  })
}

function partsOf(body: string): readonly { readonly part: string; readonly why?: string }[] {
  try {
    const { parts } = JSON.parse(body) as { parts?: unknown }
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
