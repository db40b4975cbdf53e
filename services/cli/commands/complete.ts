import type { Command } from 'commander'
import type { Status } from '../../shared/wire/status.ts'
import { createApiClient } from '../api-client.ts'
import type { CliIo } from '../cli-io.ts'
import { complete } from '../complete.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { type DaemonOptions, findDaemon } from '../find-daemon.ts'
import { oneLine } from '../text-width.ts'

/** Only a daemon that hangs takes so long; one that is not there is known at once. */
const PATIENCE_MS = 5000

/** `lvsctl complete -- WORDS`: a line for each way to go on, with a word about it after a tab. */
export async function runComplete(
  io: CliIo,
  program: Command,
  words: readonly string[],
): Promise<ExitCode> {
  let asking: Promise<Status | undefined> | undefined
  const status = () => {
    asking ??= askStatus(io, daemonIn(words))
    return asking
  }
  const found = await complete(program, words, {
    async services() {
      return (await status())?.services.map(({ name }) => name) ?? []
    },
    async targets() {
      const services = (await status())?.services ?? []
      const scoped = services.flatMap(({ name: service, realServers }) =>
        realServers.map(({ name }) => `${service}/${name}`),
      )
      const hosts = services.flatMap(({ realServers }) => realServers.map(({ name }) => name))
      return [...new Set(hosts), ...scoped]
    },
  })
  const lines = found.map(({ word, about }) => (about ? `${word}\t${oneLine(about)}` : word))
  io.out(lines.map((line) => `${line}\n`).join(''))
  return EXIT.ok
}

/** The daemon that the unfinished line names. */
function daemonIn(words: readonly string[]): DaemonOptions {
  const after = (flag: string) => {
    const index = words.indexOf(flag)
    return index >= 0 && index < words.length - 2 ? words[index + 1] : undefined
  }
  const socket = after('--socket')
  const server = after('--server')
  return { ...(socket !== undefined && { socket }), ...(server !== undefined && { server }) }
}

/** No names are better than an error in the middle of somebody's line. */
async function askStatus(io: CliIo, where: DaemonOptions): Promise<Status | undefined> {
  try {
    const client = createApiClient(await findDaemon(where, io))
    const tooLate = new AbortController()
    try {
      const late = io.sleep(PATIENCE_MS, tooLate.signal).then(() => undefined)
      return await Promise.race([client.ask('status', {}), late])
    } finally {
      tooLate.abort()
      await client.close()
    }
  } catch {
    return undefined
  }
}
