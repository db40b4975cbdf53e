import { execFile, spawnSync } from 'node:child_process'

/** What a command printed and ended with. */
export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const ASK_MS = 10_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** Empty when containers can be run here; else why not, for the title of what is skipped. */
export const engineObstacle = obstacle()

function obstacle(): string {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'
  if (!host.startsWith('unix:')) {
    return `the engine at ${host} is elsewhere, and secrets are files of this machine`
  }
  const engine = ask('docker', ['version', '--format', '{{.Server.Version}}'])
  if (engine !== '') return `no Docker engine answers at ${host}: ${engine}`
  const compose = ask('docker', ['compose', 'version'])
  return compose === '' ? '' : `no docker compose v2: ${compose}`
}

/** Empty, or what is wrong. */
function ask(program: string, args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: ASK_MS })
  if (status === 0) return ''
  const [line = ''] = (stderr || error?.message || `exit code ${status}`).trim().split('\n')
  return line
}

/** Runs `docker` with an input; resolves whatever it ends with. */
export function docker(
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: MAX_OUTPUT_BYTES }
    const child = execFile('docker', [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, stdout, stderr })
    })
    child.stdin?.end(input)
  })
}
