import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliIo, Terminal } from '../../services/cli/cli-io.ts'
import { createConsole } from '../../services/console/console.ts'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { ApiVerb } from '../../services/shared/wire/api.ts'
import { apiSubject } from '../../services/shared/wire/subjects.ts'

/** A console on a real socket whose answers the test gives. */
export interface StubDaemon extends AsyncDisposable {
  readonly socketPath: string
  /** From now on this verb is answered so; what was asked is returned in order. */
  answer<Request, Response>(
    verb: ApiVerb<Request, Response>,
    respond: (request: Request) => Response,
  ): readonly Request[]
}

/** A daemon that consists of a bus and a console only. */
export async function startStubDaemon(): Promise<StubDaemon> {
  const folder = await mkdtemp(join(tmpdir(), 'lvsctl-'))
  const socketPath = join(folder, 'lvs-warden.sock')
  const bus = createMemoryBus()
  const console = createConsole(
    { cluster: 'shop', socketPath },
    { bus, clock: createSystemClock() },
  )
  await console.start()
  const stops = new Map<string, () => void>()
  return {
    socketPath,
    answer(verb, respond) {
      const asked: Parameters<typeof respond>[0][] = []
      const subject = apiSubject('shop', verb.name)
      stops.get(subject)?.()
      const stop = bus.reply(subject, (payload) => {
        const request = verb.request.decode(payload)
        asked.push(request)
        return verb.response.encode(respond(request))
      })
      stops.set(subject, stop)
      return asked
    },
    async [Symbol.asyncDispose]() {
      await console.stop()
      await bus.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** A terminal, or a pipe, that remembers what was written. */
export interface FakeIo extends CliIo {
  readonly written: { out: string; err: string }
  interrupt(): void
  press(key: string): void
}

/** What the fake shall be. */
export interface FakeIoOptions {
  /** Columns and rows; a pipe when absent. */
  readonly terminal?: readonly [columns: number, rows: number]
  readonly env?: Readonly<Record<string, string>>
  /** Called in place of waiting. */
  readonly onSleep?: (io: FakeIo) => void
  /** What is written goes in here as well. */
  readonly files?: Record<string, string>
  /** Typed one after the other when something secret is asked; without it there is no terminal. */
  readonly secrets?: readonly string[]
  readonly now?: number
  /** What a program that is started prints, and why it fails. */
  readonly run?: (
    words: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ) => { readonly lines?: readonly string[]; readonly ended?: string } | undefined
}

/** An `io` without a process: sleeping only moves its clock, keys and Ctrl-C come from the test. */
export function createFakeIo(options: FakeIoOptions = {}): FakeIo {
  const {
    terminal: size,
    env = {},
    onSleep,
    files = {},
    secrets,
    now = Date.UTC(2026, 6, 15, 12),
    run,
  } = options
  const typed = secrets && [...secrets]
  let clock = now
  const interrupts = new Set<() => void>()
  const keys = new Set<(key: string) => void>()
  const written = { out: '', err: '' }
  const terminal: Terminal | undefined = size && {
    columns: () => size[0],
    rows: () => size[1],
    onKey(handler) {
      keys.add(handler)
      return () => keys.delete(handler)
    },
  }
  const io: FakeIo = {
    written,
    out(text) {
      written.out += text
    },
    err(text) {
      written.err += text
    },
    ...(terminal && { terminal }),
    env,
    now: () => clock,
    async sleep(ms) {
      clock += ms
      onSleep?.(io)
    },
    onInterrupt(handler) {
      interrupts.add(handler)
      return () => interrupts.delete(handler)
    },
    async readFile(path) {
      const text = files[path]
      const message = `ENOENT: no such file, open '${path}'`
      if (text === undefined) throw Object.assign(new Error(message), { code: 'ENOENT' })
      return text
    },
    async writePrivateFile(path, text) {
      files[path] = text
    },
    async removeFile(path) {
      delete files[path]
    },
    startProgram(words, env, onLine) {
      const { lines = [], ended } = run?.(words, env) ?? {}
      const end = async () => {
        for (const line of lines) onLine(line)
        return ended
      }
      return { pid: 4711, ended: Promise.resolve().then(end) }
    },
    async readSecret(question) {
      if (typed === undefined) return undefined
      written.err += `${question}\n`
      return typed.shift() ?? ''
    },
    interrupt() {
      for (const handler of interrupts) handler()
    },
    press(key) {
      for (const handler of keys) handler(key)
    },
  }
  return io
}
