import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { ServiceError } from '../runtime/service-error.ts'

/** Tries of taking a lock over while others do the same. */
const ATTEMPTS = 5

/**
 * Takes a lock file for this process and returns how to give it back. A lock whose owner is gone,
 * also when another process has its number by now, is taken over. Throws a `ServiceError` with code
 * `state.locked` that names the owner.
 */
export function acquireStateLock(path: string): () => void {
  const mine = `${process.pid} ${startTime(process.pid) ?? '-'}\n`
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (create(path, mine)) return () => release(path, mine)
    const held = read(path)
    if (held === undefined) continue
    const [pid = '', started = '-'] = held.trim().split(' ')
    if (isAlive(Number(pid), started)) throw lockedError(path, Number(pid))
    setAside(path, held)
  }
  throw new ServiceError('state.locked', `${path} is taken over by other processes again and again`)
}

/** The file appears with its content in one step, so no reader sees it empty. */
function create(path: string, content: string): boolean {
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, content, { mode: 0o600 })
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

/**
 * Removes a dead lock by renaming it first: what another process put there meanwhile is put back.
 */
function setAside(path: string, dead: string): void {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  if (read(aside) !== dead) linkSync(aside, path)
  rmSync(aside, { force: true })
}

function release(path: string, mine: string): void {
  if (read(path) === mine) rmSync(path, { force: true })
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function isAlive(pid: number, started: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (isCode(error, 'ESRCH')) return false
  }
  const now = startTime(pid)
  return now === undefined || started === '-' || now === started
}

/**
 * When a process started, in clock ticks since boot (field 22 of proc(5) stat); tells reused
 * numbers.
 */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(19)
  } catch {
    return undefined
  }
}

function lockedError(path: string, pid: number): ServiceError {
  const who = pid === process.pid ? 'this very process' : `process ${pid}`
  const message = `${path}: the state folder is in use by ${who}; stop it or choose another folder`
  return new ServiceError('state.locked', message)
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
