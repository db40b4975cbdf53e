import { request } from 'node:http'

/** How long another process may take to say who it is. */
const ASK_MS = 1000
const MAX_ANSWER_CHARACTERS = 4096

/** `lvs-warden (cluster shop, process 4711)`, or that it is something else. */
export async function whoListens(socketPath: string): Promise<string> {
  try {
    const { program, cluster, pid } = JSON.parse(await ask(socketPath)) as Record<string, unknown>
    if (program === 'lvs-warden') return `lvs-warden (cluster ${cluster}, process ${pid})`
  } catch {
    // Falls through: whatever it is, it does not speak our language.
  }
  return 'another program'
}

function ask(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/v1' }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > MAX_ANSWER_CHARACTERS) asking.destroy(new Error('too long'))
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    const tooLate = setTimeout(() => asking.destroy(new Error('too late')), ASK_MS)
    asking.on('error', reject)
    asking.on('close', () => clearTimeout(tooLate))
    asking.end()
  })
}
