import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { ServiceError } from '../shared/runtime/service-error.ts'

const WRITABLE_BY_ALL = 0o002

/**
 * Path of a hook's program: an executable file in the folder, wherever links of the folder's owner
 * lead within it. Throws `hook.refused` with the reason for anything else: the name came over the
 * bus.
 */
export async function hookProgram(folder: string | undefined, name: string): Promise<string> {
  if (folder === undefined) {
    throw refused(name, 'this director was started without --hooks, so it runs none')
  }
  if (name.includes('/') || name === '.' || name === '..') {
    throw refused(name, 'want the name of a file in the hook folder, without a path')
  }
  const home = await realpath(folder).catch(() => undefined)
  if (home === undefined) throw refused(name, `there is no folder ${folder}`)
  const path = await realpath(join(home, name)).catch(() => undefined)
  if (path === undefined) throw refused(name, `there is no such file in ${folder}`)
  if (!path.startsWith(`${home}${sep}`)) throw refused(name, `it leads out of ${folder}`)
  for (const place of [home, path]) {
    const { mode } = await stat(place)
    if ((mode & WRITABLE_BY_ALL) !== 0) throw refused(name, `anybody may write to ${place}`)
  }
  if (!(await stat(path)).isFile()) throw refused(name, 'it is no file')
  const mayRun = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!mayRun) throw refused(name, 'it is not executable')
  return path
}

function refused(name: string, why: string): ServiceError {
  return new ServiceError('hook.refused', `${name} is not run: ${why}`)
}
