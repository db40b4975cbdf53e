import { z } from 'zod'
import { runCli } from '../../../../services/cli/program.ts'
import { createFakeIo } from '../../../acceptance/lvsctl-support.ts'
import { createFakeSystem, type FakeSystemParts } from '../../../support/fake-system.ts'

const answerSchema = z.object({
  role: z.enum(['director', 'realserver']),
  because: z.string(),
  verdict: z.enum(['ok', 'warning', 'bad']),
  findings: z.array(
    z.object({
      check: z.string(),
      verdict: z.enum(['ok', 'warning', 'bad', 'skipped']),
      evidence: z.string(),
      mend: z.string().optional(),
    }),
  ),
})

/** What `lvsctl doctor --json` says on a machine, findings in one line each. */
export interface Examined extends Omit<z.infer<typeof answerSchema>, 'findings'> {
  readonly exitCode: number
  /** `check evidence | mend`. */
  readonly bad: readonly string[]
  readonly warnings: readonly string[]
  readonly good: readonly string[]
}

/** Runs it with a cluster file and more of the command line; throws with what it said on stderr. */
export async function doctorOn(
  parts: FakeSystemParts,
  cluster: string,
  ...args: readonly string[]
): Promise<Examined> {
  const io = {
    ...createFakeIo({ files: { 'shop.yaml': cluster } }),
    system: createFakeSystem(parts),
  }
  const argv = ['doctor', '--json', '--cluster', 'shop.yaml', ...args]
  const exitCode = await runCli(argv, io)
  if (io.written.out === '') throw new Error(io.written.err)
  const { findings, ...answer } = answerSchema.parse(JSON.parse(io.written.out))
  const those = (wanted: string) =>
    findings
      .filter(({ verdict }) => verdict === wanted)
      .map(({ check, evidence, mend }) => `${check} ${evidence}${mend ? ` | ${mend}` : ''}`)
  return { ...answer, exitCode, bad: those('bad'), warnings: those('warning'), good: those('ok') }
}
