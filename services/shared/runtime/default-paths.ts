import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the daemon keeps its state and listens when nobody says otherwise. */
export interface DefaultPaths {
  readonly stateDir: string
  readonly socketPath: string
}

/** Who runs the program and where; by default this process. */
export interface PathSources {
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/**
 * Root has the system's folders; anyone else their own (XDG base directories). `lvs-warden` and
 * `lvsctl` of one user thus find each other with no flag.
 */
export function defaultPaths(sources: Partial<PathSources> = {}): DefaultPaths {
  const env = sources.env ?? process.env
  const uid = sources.uid ?? process.getuid?.() ?? -1
  if (uid === 0) {
    return { stateDir: '/var/lib/lvs-warden', socketPath: '/run/lvs-warden/lvs-warden.sock' }
  }
  const home = sources.home ?? env['HOME'] ?? tmpdir()
  const runtimeDir = env['XDG_RUNTIME_DIR']
  return {
    stateDir: join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'lvs-warden'),
    socketPath: runtimeDir
      ? join(runtimeDir, 'lvs-warden.sock')
      : join(tmpdir(), `lvs-warden-${uid}`, 'lvs-warden.sock'),
  }
}
