import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { ServiceError } from './service-error.ts'

const WRITABLE_BY_ALL = 0o002

/** A folder of programs that others than its owner may name. */
export interface ProgramFolder {
  /** Absent: no program at all is run. */
  readonly path: string | undefined
  /** How people call it: `the hook folder`. */
  readonly noun: string
  /** Why there is none: `this director was started without --hooks, so it runs none`. */
  readonly absence: string
  /** Code of the error for what is not run. */
  readonly code: string
}

/**
 * Path of a program: an executable file in the folder, wherever links of the folder's owner lead
 * within it. Throws a `ServiceError` with the reason for anything else: the name came over the bus.
 */
export async function programInFolder(
  { path: folder, noun, absence, code }: ProgramFolder,
  name: string,
): Promise<string> {
  const refused = (why: string) => new ServiceError(code, `${name} is not run: ${why}`)
  if (folder === undefined) throw refused(absence)
  if (name.includes('/') || name === '.' || name === '..') {
    throw refused(`want the name of a file in ${noun}, without a path`)
  }
  const home = await realpath(folder).catch(() => undefined)
  if (home === undefined) throw refused(`there is no folder ${folder}`)
  const path = await realpath(join(home, name)).catch(() => undefined)
  if (path === undefined) throw refused(`there is no such file in ${folder}`)
  if (!path.startsWith(`${home}${sep}`)) throw refused(`it leads out of ${folder}`)
  for (const place of [home, path]) {
    const { mode } = await stat(place)
    if ((mode & WRITABLE_BY_ALL) !== 0) throw refused(`anybody may write to ${place}`)
  }
  if (!(await stat(path)).isFile()) throw refused('it is no file')
  const mayRun = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!mayRun) throw refused('it is not executable')
  return path
}
