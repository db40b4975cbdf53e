import { execFile } from 'node:child_process'
import { ServiceError } from '../../runtime/service-error.ts'
import { noIpvs, noRightToIpvs } from '../ipvs-trouble.ts'

/** What one run of ipvsadm left behind. */
export interface IpvsadmRun {
  /** Exit status; 0 says little, `-R` exits so although rules failed. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Starts ipvsadm with arguments and input; throws a `ServiceError` where it cannot do anything. */
export type RunIpvsadm = (args: readonly string[], input?: string) => Promise<IpvsadmRun>

/** Where distributions put it; not every user's PATH has them. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin']

const TIMEOUT_MS = 60_000
const OUTPUT_BYTES = 64 * 1024 * 1024

/** Runs the real program, found on the PATH or in the system's folders. */
export function runIpvsadm(
  args: readonly string[],
  input = '',
  systemFolders: readonly string[] = SYSTEM_FOLDERS,
): Promise<IpvsadmRun> {
  return new Promise((resolve, reject) => {
    const PATH = [process.env['PATH'] ?? '', ...systemFolders].join(':')
    const child = execFile(
      'ipvsadm',
      args,
      {
        env: { PATH, LC_ALL: 'C' },
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_BYTES,
      },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : error.code
        if (typeof status !== 'number') return reject(notRun(error))
        const trouble = explained(stderr)
        if (trouble === undefined) resolve({ status, stdout, stderr })
        else reject(trouble)
      },
    )
    // It may end before it has read everything; its status tells.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

function notRun(error: (Error & { readonly code?: unknown; readonly killed?: boolean }) | null) {
  if (error?.code === 'ENOENT') {
    const message =
      'the program ipvsadm is not installed: install the package ipvsadm, or use --table kernel'
    return new ServiceError('ipvs.no-ipvsadm', message, { cause: error })
  }
  const message =
    error?.killed === true
      ? `ipvsadm did not end in ${TIMEOUT_MS / 1000} s`
      : `ipvsadm could not be run: ${error?.message ?? 'ended by a signal'}`
  return new ServiceError('ipvs.io', message, { cause: error, retryable: true })
}

/**
 * ipvsadm asks for a kernel module in the same breath for both; the first words tell which it is.
 */
function explained(stderr: string): ServiceError | undefined {
  const said = /Can't initialize ipvs: (.*)/.exec(stderr)?.[1]
  if (said === undefined) return undefined
  const isDenied = /^(Permission denied|Operation not permitted)/.test(said)
  return isDenied ? noRightToIpvs(new Error(said)) : noIpvs(new Error(said))
}
