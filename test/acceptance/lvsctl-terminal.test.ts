import { execFile, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RealServerStatus } from '../../services/shared/wire/status.ts'
import { type ApiConsole, PASSWORD, startApiConsole } from '../support/api-console.ts'
import { projectDir } from '../support/source-files.ts'
import {
  drainingServer,
  drainOf,
  NOON,
  realServer,
  service,
  sickServer,
  status,
  why,
} from './lvsctl-data.ts'

const run = promisify(execFile)
/** Seconds, but for a machine that has much else to do. */
const BUILD_TIMEOUT_MS = 300_000

let place: ApiConsole
/** A folder with an `lvsctl` in it, as an installation would put it on the PATH. */
let bin: string
let home: string

beforeAll(async () => {
  place = await startApiConsole({
    status: clusterNow,
    drain: () => {
      left = atFirst
      return { changed: [] }
    },
    enable: () => {
      left = 'enabled'
      return { changed: [] }
    },
    why: () => ({ answers: [{ ...why(), service: 'web', server: web3(), checks: [] }] }),
  })
  bin = join(place.folder, 'bin')
  home = join(place.folder, 'home')
  mkdirSync(bin)
  mkdirSync(home)
  await build(place.folder)
  const lvsctl = join(bin, 'lvsctl')
  const main = join(place.folder, 'dist/services/cli/main.js')
  writeFileSync(lvsctl, `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`)
  chmodSync(lvsctl, 0o755)
}, BUILD_TIMEOUT_MS)

/** Connections of web3 once it is drained, fewer each time. */
let left: number | 'before' | 'enabled' = 'before'
let atFirst = 3

function clusterNow() {
  const web = service({ realServers: [realServer(), sickServer, web3()] })
  if (typeof left === 'number' && left > 0) left--
  return status({ services: [web] })
}

function web3(): RealServerStatus {
  if (left === 'before') return drainingServer
  if (left === 'enabled') return realServer({ name: 'web3', address: '10.0.0.13' })
  const deadline = '2026-07-15T12:10:00.000Z'
  const who = { scope: 'web3', owner: 'anna', reason: 'kernel update', since: NOON }
  return {
    ...drainingServer,
    admin: left > 0 ? 'draining' : 'drained',
    drain: drainOf(left, 0, { deadline, atDeadline: 'cut', leftMs: left * 1000 }),
    outage: { kind: 'drain', ...who },
  }
}

/** As `npm run build` does, but elsewhere: what lies in dist may be of yesterday. */
async function build(folder: string): Promise<void> {
  const project = (path: string) => join(projectDir, path)
  copyFileSync(project('package.json'), join(folder, 'package.json'))
  symlinkSync(project('node_modules'), join(folder, 'node_modules'))
  const tsc = project('node_modules/typescript/bin/tsc')
  const args = [tsc, '-p', project('tsconfig.build.json'), '--outDir', join(folder, 'dist')]
  await run(process.execPath, args)
}

afterAll(() => place[Symbol.asyncDispose]())

function environment(): NodeJS.ProcessEnv {
  const { PATH, TZ } = { PATH: process.env['PATH'], TZ: 'Europe/Berlin' }
  const here = { HOME: home, LVSCTL_SOCKET: place.socketPath, USER: 'anna', SUDO_USER: 'anna' }
  return { ...here, PATH: `${bin}:${PATH}`, TZ, TERM: 'xterm' }
}

interface Session {
  readonly screen: string
  readonly exitCode: number | null
}

/** In a real pseudo-terminal: script(1) gives one, and stty its size. */
function inTerminal(
  line: string,
  answer: (screen: string, type: (keys: string) => void) => void = () => undefined,
  size: readonly [columns: number, rows: number] = [80, 24],
): Promise<Session> {
  const command = `stty cols ${size[0]} rows ${size[1]}; ${line}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: environment() })
  let screen = ''
  child.stdin.on('error', () => undefined)
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    screen += text
    answer(screen, (keys) => void child.stdin.write(keys))
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ screen: screen.replaceAll('\r\n', '\n'), exitCode }))
  })
}

/** Types each answer once its question is on the screen. */
function answering(dialogue: readonly (readonly [question: string, keys: string])[]) {
  const left = [...dialogue]
  let from = 0
  return (screen: string, type: (keys: string) => void) => {
    const [question, keys] = left[0] ?? []
    if (question === undefined || keys === undefined) return
    const at = screen.indexOf(question, from)
    if (at < 0) return
    from = at + question.length
    left.shift()
    // The question is written before echo is off: a person is slower than that, too.
    setTimeout(() => type(keys), 300)
  }
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g')

describe('in a terminal', () => {
  test('tables fit it, and what is wrong is red', async () => {
    const { screen, exitCode } = await inTerminal('lvsctl status', undefined, [72, 24])
    expect(exitCode).toBe(0)
    expect(screen).toContain('\u001b[31m')
    const lines = screen.replace(ESCAPES, '').split('\n')
    expect(lines).toContain('web  192.0.2.10:80/tcp  wlc  direct-route  1 of 3 serve')
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(72)
    expect(lines.find((line) => line.includes('web2    '))).toMatch(/…$/)
  })

  test('--watch draws on a screen of its own until q, and gives the terminal back', async () => {
    const { screen, exitCode } = await inTerminal(
      'lvsctl status --watch; stty -a',
      (shown, type) => {
        if (shown.includes('q ends')) type('q')
      },
    )
    expect(exitCode).toBe(0)
    expect(screen).toContain('\u001b[?1049h')
    expect(screen).toContain('\u001b[?1049l')
    expect(screen).toMatch(/ icanon\b.* echo\b/s)
  })

  test('a drain is watched line over line until it is safe to reboot', async () => {
    const { screen, exitCode } = await inTerminal('lvsctl drain web3', undefined, [100, 24])
    expect(exitCode).toBe(0)
    const [first = '', second = ''] = screen.split('\u001b[3A\u001b[J')
    expect(first).toContain(
      'web/web3: waits for 2 active and 0 inactive connections, about 2s to go',
    )
    expect(first).toContain('deadline in 10m: then what is left is cut')
    expect(first).toContain('Ctrl-C leaves the drain running')
    expect(second).toContain('waits for 1 active')
    const lines = screen.replace(ESCAPES, '').trimEnd().split('\n')
    expect(lines.at(-1)).toBe('web3 is out of service everywhere: safe to reboot')
  })

  test('Ctrl-C leaves a drain running', async () => {
    atFirst = 100
    const { screen, exitCode } = await inTerminal(
      'exec lvsctl drain web3',
      answering([['Ctrl-C leaves', '\u0003']]),
    )
    expect(exitCode).toBe(1)
    atFirst = 3
    expect(screen).toContain('no longer waiting, the drain goes on.')
    expect(screen).toContain('undo it:   lvsctl enable web3')
    expect(screen).not.toContain('safe to reboot')
  })

  test('a roll runs its command without a terminal, and Ctrl-C does not reach it', async () => {
    left = 'enabled'
    const command = `sh -c "test -t 0 || echo no terminal; sleep 2; echo {server} upgraded"`
    const line = `exec lvsctl drain --rolling web3 web1 --settle 1s --run '${command}'`
    const { screen, exitCode } = await inTerminal(
      line,
      answering([['web3| no terminal', '\u0003']]),
      [100, 24],
    )
    const lines = screen.replace(ESCAPES, '').split('\n')
    expect(lines).toContain('web3| web3 upgraded')
    expect(lines.find((each) => each.startsWith('web3 (1 of 2): done in'))).toBeDefined()
    expect(lines).toContain('stopped: 1 done, 1 not begun')
    expect(exitCode).toBe(1)
  })

  test('a password is asked for and not shown, and the terminal echoes again after it', async () => {
    await place.user('anna', 'admin')
    const login = `lvsctl login --server ${place.url} --fingerprint ${place.fingerprint}`
    const { screen, exitCode } = await inTerminal(
      `${login} && stty -a && LVSCTL_SOCKET= lvsctl whoami`,
      answering([['password of anna', `${PASSWORD}x\u007f\r`]]),
    )
    expect(screen).toContain(`logged in at ${place.url} as anna (admin)`)
    expect(screen).not.toContain(PASSWORD.slice(0, 8))
    expect(screen).toMatch(/ icanon\b.* echo\b/s)
    expect(screen).toContain('anna: admin, from 127.0.0.1, token ')
    expect(exitCode).toBe(0)
    expect(readFileSync(join(home, '.config/lvs-warden/lvsctl.yaml'), 'utf8')).toContain(place.url)
    expect(
      execFileSync('stat', ['-c', '%a', join(home, '.config/lvs-warden/lvsctl.yaml')], {
        encoding: 'utf8',
      }),
    ).toBe('600\n')
  })

  test('Ctrl-C at the password gives up with 1 and no trace', async () => {
    const login = `lvsctl login --server ${place.url} --fingerprint ${place.fingerprint} --name late`
    const { screen, exitCode } = await inTerminal(
      login,
      answering([['password of anna', '\u0003']]),
    )
    expect(screen).toContain('lvsctl: given up')
    expect(exitCode).toBe(1)
    expect(readFileSync(join(home, '.config/lvs-warden/lvsctl.yaml'), 'utf8')).not.toContain('late')
  })

  test('a new password is asked for twice', async () => {
    const { screen, exitCode } = await inTerminal(
      'lvsctl users add otto --role operator --services web',
      answering([
        ['new password for otto', 'a good password\r'],
        ['the same again', 'a good password\r'],
      ]),
    )
    expect(screen).toContain('otto is operator on web')
    expect(screen).not.toContain('a good password')
    expect(exitCode).toBe(0)
  })
})

describe('lvsctl --version', () => {
  test('is the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8'))
    const { stdout } = await run('lvsctl', ['--version'], { env: environment() })
    expect(stdout).toBe(`${version}\n`)
  })
})

describe('completion', () => {
  /** What bash offers for this line, cursor at its end. */
  async function offers(line: string): Promise<readonly string[]> {
    const words = line.split(' ')
    const quoted = words.map((word) => `'${word}'`).join(' ')
    const script = `source <(lvsctl completion bash)
      COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
      compopt() { :; }
      _lvsctl; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = await run('bash', ['-c', script], { env: environment() })
    return stdout.split('\n').filter((word) => word !== '')
  }

  test.each([
    ['lvsctl sta', ['status']],
    ['lvsctl drain web', ['web1', 'web2', 'web3', 'web/web1', 'web/web2', 'web/web3']],
    ['lvsctl drain web1 web/web2', ['web/web2']],
    ['lvsctl status we', ['web']],
    ['lvsctl users p', ['passwd']],
    ['lvsctl users add otto --role ', ['viewer', 'operator', 'admin']],
    ['lvsctl drain web1 --no', ['--no-wait']],
    ['lvsctl completion ', ['bash', 'zsh', 'fish']],
    ['lvsctl nonsense x', []],
  ])('of "%s" in bash', async (line, wanted) => {
    expect(await offers(line)).toEqual(wanted)
  })

  test('names no real servers when there is no daemon, and says nothing about it', async () => {
    const env = { ...environment(), LVSCTL_SOCKET: '/nowhere.sock' }
    const { stdout, stderr } = await run('lvsctl', ['complete', '--', 'drain', ''], { env })
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
  })

  /** Types into a real shell and presses Tab; resolves when the screen has what is wanted. */
  async function typed(shell: string, setUp: string, keys: string, wanted: string) {
    const said: string[] = []
    const once = (what: string, type: (keys: string) => void) => {
      if (said.includes(what)) return
      said.push(what)
      type(what)
    }
    const { screen } = await inTerminal(shell, (now, type) => {
      // Written apart, so that the line that is typed is not taken for its answer.
      if (!said.includes(setUp)) return once(setUp, type)
      if (now.includes('SHELL-READY')) once(`${keys}\t`, type)
      if (now.includes(wanted)) once('\u0015exit\n', type)
    })
    return screen
  }
  const ZSH = 'autoload -Uz compinit; compinit -u -D; source <(lvsctl completion zsh)'
  const BASH = 'source <(lvsctl completion bash)'

  test.each([
    ['bash', 'bash --norc --noprofile -i', BASH, 'lvsctl whoa', 'lvsctl whoami'],
    ['bash', 'bash --norc --noprofile -i', BASH, 'lvsctl drain web/web2', 'lvsctl drain web/web2 '],
    ['zsh', 'zsh -f -i', ZSH, 'lvsctl whoa', 'whoami'],
    ['zsh', 'zsh -f -i', ZSH, 'lvsctl drain web1 --no-w', '--no-wait'],
  ])('in a real %s, Tab after the words: %#', async (_, shell, setUp, keys, wanted) => {
    const ready = `${setUp}; echo SHELL''-READY\n`
    expect(await typed(shell, ready, keys, wanted)).toContain(wanted)
  })

  /** What a real fish offers, without its descriptions. */
  async function fishOffers(line: string): Promise<readonly string[]> {
    const script = `lvsctl completion fish | source; complete -C '${line}'`
    const { stdout } = await run('fish', ['--no-config', '-c', script], { env: environment() })
    return stdout
      .split('\n')
      .map((word) => word.split('\t')[0] ?? '')
      .filter((word) => word !== '')
  }

  test.each([
    ['lvsctl whoa', ['whoami']],
    ['lvsctl drain web1 web/web2', ['web/web2']],
    ['lvsctl users add otto --role ', ['admin', 'operator', 'viewer']],
    ['lvsctl drain web1 --no', ['--no-wait']],
  ])('of "%s" in a real fish', async (line, wanted) => {
    expect([...(await fishOffers(line))].sort()).toEqual(wanted)
  })

  test('where nothing of ours fits, files are offered: in a real fish, too', async () => {
    writeFileSync(join(home, 'shop.yaml'), '')
    expect(await fishOffers(`lvsctl lint ${home}/sho`)).toEqual([`${home}/shop.yaml`])
  })
})
