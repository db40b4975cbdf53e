// What `npm start` and `npm test` share: from a fresh clone with nothing but Node and npm to a
// built program. Only Node's own modules may be used here.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with package.json in it. */
export const projectDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

const SOURCES = ['services', 'probes', 'tsconfig.json', 'tsconfig.build.json', 'package.json']

/** One line of progress. */
export function say(text) {
  process.stdout.write(`${text}\n`)
}

/** A program of a development dependency, run by this very Node. */
export function toolPath(packageName, bin) {
  const dir = join(projectDir, 'node_modules', packageName)
  const { bin: bins } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  return join(dir, typeof bins === 'string' ? bins : bins[bin])
}

/** Installs what package-lock.json says when that has not been done; throws when it fails. */
export function ensureInstalled() {
  requireNode()
  const lockFile = join(projectDir, 'package-lock.json')
  const installed = join(projectDir, 'node_modules', '.package-lock.json')
  if (mtime(installed) >= mtime(lockFile)) return
  say('Installing the npm packages (about 15 seconds) …')
  const trouble = npm('ci')
  if (trouble !== undefined) throw new Error(`npm could not install:\n${trouble}`)
  const now = new Date()
  utimesSync(installed, now, now)
}

/** Compiles when a source is newer than the last build; throws when the compiler is not content. */
export function ensureBuilt() {
  const stamp = join(projectDir, 'dist', '.built')
  const newest = Math.max(...SOURCES.map((source) => newestIn(join(projectDir, source))))
  if (mtime(stamp) > newest) return
  say('Compiling …')
  const startedAt = new Date()
  const args = [toolPath('typescript', 'tsc'), '-p', 'tsconfig.build.json']
  const result = spawnSync(process.execPath, args, { cwd: projectDir, stdio: quiet() })
  if (result.status !== 0) throw new Error('the compiler found errors')
  const bundler = [join(projectDir, 'services', 'console', 'web', 'build.mjs')]
  const bundled = spawnSync(process.execPath, bundler, { cwd: projectDir, stdio: quiet() })
  if (bundled.status !== 0) throw new Error('the web console could not be bundled')
  writeFileSync(stamp, '')
  utimesSync(stamp, startedAt, startedAt)
}

/** Runs a child on our terminal, hands signals on to it, and resolves with its exit code. */
export function runChild(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: projectDir, stdio: 'inherit', ...options })
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    const forward = (signal) => child.kill(signal)
    for (const signal of signals) process.on(signal, forward)
    const done = (finish) => {
      for (const signal of signals) process.off(signal, forward)
      finish()
    }
    child.on('error', (error) => done(() => reject(error)))
    child.on('exit', (code, signal) =>
      done(() => resolve(code ?? 128 + (constants.signals[signal] ?? 0))),
    )
  })
}

/** Ends the program with a plain sentence in place of a stack trace. */
export function exitWith(error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}

/** Runs npm and returns what it complained about, or nothing when all is well. */
function npm(command) {
  const args = [command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const script = process.env.npm_execpath
  const isScript = script?.endsWith('.js') === true
  const options = { cwd: projectDir, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] }
  const result = isScript
    ? spawnSync(process.execPath, [script, ...args], options)
    : spawnSync('npm', args, options)
  return result.status === 0 ? undefined : result.stderr || String(result.error ?? result.signal)
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 20)) return
  throw new Error(`LVS Warden needs Node 20.20 or newer; this is ${process.versions.node}`)
}

/** Output without input: a tool that asks a question must not wait for an answer. */
function quiet() {
  return ['ignore', 'inherit', 'inherit']
}

function mtime(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0
}

function newestIn(path) {
  if (!existsSync(path)) return 0
  const own = statSync(path)
  if (!own.isDirectory()) return own.mtimeMs
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))))
}
