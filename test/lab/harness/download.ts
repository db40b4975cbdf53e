import type { Lab } from './lab.ts'

/** A download that goes on until its real server is told to finish. */
export interface Download {
  /** Whole lines so far. */
  lines(): number
  /** Who serves it; undefined before the first line. */
  server(): string | undefined
  /** Resolves when it has ended; throws when it failed or a byte is not as it was sent. */
  complete(): Promise<void>
}

/** Starts a download on a machine of the lab. */
export function startDownload(lab: Lab, machine: string, url: string): Download {
  const running = lab.spawn(machine, ['curl', '--silent', '--show-error', '--no-buffer', url])
  const server = () => /^(\S+) 1\n/.exec(running.output())?.[1]
  return {
    lines: () => running.output().split('\n').length - 1,
    server,
    async complete() {
      const { status, stdout, stderr } = await running.ended
      if (status !== 0) throw new Error(`the download ended with ${status}: ${stderr}`)
      const lines = stdout.split('\n').length - 2
      if (stdout !== sent(server() ?? '', lines)) throw new Error('other bytes than were sent')
    },
  }
}

/** What `programs/web-server.mjs` sends. */
function sent(server: string, lines: number): string {
  const numbered = Array.from({ length: lines }, (_, index) => `${server} ${index + 1}\n`)
  return `${numbered.join('')}end after ${lines}\n`
}
