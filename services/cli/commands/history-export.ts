import { type FileHandle, open } from 'node:fs/promises'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { CliContext } from '../cli-context.ts'
import { printJson } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

/** What `influx -import` wants to know before the lines. */
const HEAD = `# DML
# CONTEXT-DATABASE: lvs
# CONTEXT-RETENTION-POLICY: raw
`

/** `lvsctl history --export`: everything that is kept locally, page by page into a new file. */
export async function runHistoryExport(
  { io, client, json }: CliContext,
  path: string,
): Promise<ExitCode> {
  const file = await create(path)
  let lines = 0
  try {
    await file.write(HEAD)
    for (let cursor: string | undefined, isLast = false; !isLast; ) {
      const page = await client.ask('historyExport', cursor === undefined ? {} : { cursor })
      await file.write(page.lines.map((line) => `${line}\n`).join(''))
      lines += page.lines.length
      cursor = page.next
      isLast = cursor === undefined
    }
  } finally {
    await file.close()
  }
  if (json) printJson(io, { file: path, points: lines })
  else
    io.out(`${lines} points in ${path}; import them with influx -import -path FILE -precision u\n`)
  return EXIT.ok
}

/** A file that is there already is somebody's. */
async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('cli.usage', `--export: cannot make ${path}: ${reason}`)
  }
}
