import { createApiClient } from '../api-client.ts'
import { printJson, printLines } from '../cli-context.ts'
import type { CliIo } from '../cli-io.ts'
import type { Trust } from '../daemon.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { readServerUrl } from '../find-daemon.ts'
import { localTime } from '../local-time.ts'
import { ownerName } from '../owner.ts'
import { askPassword } from '../passwords.ts'
import { readServerBook, type ServerEntry, tokenPath, writeServerBook } from '../server-book.ts'
import { oneLine } from '../text-width.ts'

/** Where to log in, as whom, and why its certificate is believed. */
export interface LoginOptions {
  readonly server?: string
  readonly user?: string
  readonly name?: string
  readonly ca?: string
  readonly fingerprint?: string
  readonly trustOnFirstUse?: boolean
  readonly passwordFile?: string
  readonly forMs?: number
  readonly json: boolean
}

/** `lvsctl login`: a password for a token, which is kept in a file of the user's own. */
export async function runLogin(io: CliIo, options: LoginOptions): Promise<ExitCode> {
  const book = await readServerBook(io)
  const wanted = options.server ?? io.env['LVSCTL_SERVER'] ?? book.current ?? ''
  const known = book.servers[wanted]
  const url = readServerUrl(known?.url ?? wanted)
  const name = options.name ?? (known === undefined ? url.host : wanted)
  const { trust, entry } = await trustOf(io, url, options, known ?? book.servers[name])
  const user = options.user ?? ownerName(io.env)
  const question = `password of ${oneLine(user)} at ${url.host}`
  const password = await askPassword(io, question, options.passwordFile)
  const client = createApiClient({ kind: 'server', url, name, trust })
  try {
    const { forMs } = options
    const request = { user, password, ...(forMs !== undefined && { forMs }) }
    const { token, ...told } = await client.ask('login', request)
    const tokenFile = entry().tokenFile ?? tokenPath(io.env, name)
    await io.writePrivateFile(tokenFile, `${token}\n`)
    const servers = { ...book.servers, [name]: entry() }
    await writeServerBook(io, { ...book, current: name, servers })
    if (options.json) printJson(io, { server: name, ...told, tokenFile })
    else {
      const who = `${oneLine(told.user)} (${told.role})`
      printLines(io, [
        `logged in at ${url.origin} as ${who}, until ${localTime(told.expiresAt)}`,
        `lvsctl now asks ${name}; --server local is this machine's own daemon`,
      ])
    }
    return EXIT.ok
  } finally {
    await client.close()
  }
}

/** What to believe now, and what of it to write down when the log-in worked. */
async function trustOf(
  io: CliIo,
  url: URL,
  { ca, fingerprint, trustOnFirstUse }: LoginOptions,
  known: ServerEntry | undefined,
): Promise<{ trust: Trust; entry: () => ServerEntry }> {
  let pinned = fingerprint ?? (ca === undefined ? known?.fingerprint : undefined)
  const caFile = ca ?? (fingerprint === undefined ? known?.ca : undefined)
  const isFirst = trustOnFirstUse === true && pinned === undefined && caFile === undefined
  const trust = {
    ...(caFile !== undefined && { ca: await io.readFile(caFile) }),
    ...(pinned !== undefined && { fingerprint: pinned }),
    ...(isFirst && {
      onFirstUse(got: string) {
        if (pinned === undefined) io.err(`lvsctl: ${url.host} is trusted from now on: ${got}\n`)
        pinned = got
      },
    }),
  }
  const entry = () => ({
    url: url.origin,
    ...(caFile !== undefined && { ca: caFile }),
    ...(pinned !== undefined && { fingerprint: pinned }),
    ...(known?.tokenFile !== undefined && { tokenFile: known.tokenFile }),
  })
  return { trust, entry }
}
