import type { NotifierDeps, SendResult } from '../../ports/notifier.ts'
import { type ProgramFolder, programInFolder } from '../../runtime/program-in-folder.ts'
import { type ProgramEnd, runProgram } from '../../runtime/run-program.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { hideSecrets } from './hide-secrets.ts'
import { shorten } from './shorten.ts'
import { withinDeadline } from './within-deadline.ts'

/** What is run, and with what. */
export interface AlertProgram {
  readonly name: string
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly input: string
  readonly timeoutMs: number
}

/** The kernel takes 128 KiB for one argument or variable (MAX_ARG_STRLEN), and no NUL. */
const MAX_VALUE = 32_000
const MAX_DETAIL = 200
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Runs a program of the alerter's folder without a shell; how it ended, or why it did not run. */
export async function runAlertProgram(
  program: AlertProgram,
  { clock, programs }: NotifierDeps,
  signal: AbortSignal,
): Promise<ProgramEnd | SendResult> {
  const { name, arguments: words, environment, input, timeoutMs } = program
  const end = await withinDeadline({ clock, timeoutMs, signal }, async (deadline) => {
    try {
      return await runProgram(await programInFolder(folderOf(programs), name), {
        arguments: words.map(fitting),
        environment: { PATH, LANG: 'C.UTF-8', ...fittingValues(environment) },
        cwd: '/',
        input,
        signal: deadline,
      }).then((end) => ({ ...end, detail: shorten(hideSecrets(end.detail, []), MAX_DETAIL) }))
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      return { outcome: 'failed', reason: error.message, isPermanent: true } as const
    }
  })
  return end
}

function fitting(text: string): string {
  return shorten(text.replaceAll('\0', ''), MAX_VALUE)
}

function fittingValues(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, fitting(text)]))
}

/** True for what is returned when it did not run. */
export function didNotRun(end: ProgramEnd | SendResult): end is SendResult {
  return 'outcome' in end
}

function folderOf(path: string | undefined): ProgramFolder {
  const absence = 'this alerter was started without --alert-programs, so it runs none'
  return { path, noun: 'the folder of alert programs', absence, code: 'notifier.program' }
}
