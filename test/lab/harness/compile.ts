import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { projectDir } from '../../support/source-files.ts'

const execute = promisify(execFile)

/** JavaScript of some sources, in a folder inside the project so that packages are found. */
export interface Compiled {
  readonly folder: string
  /** Path of the JavaScript that a source of the project became. */
  pathOf(source: string): string
  dispose(): void
}

/**
 * Compiles what a tsconfig of the project names, and all that it imports; a guest only has Node.
 */
export async function compile(tsconfig: string): Promise<Compiled> {
  const parent = join(projectDir, '.tmp')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'compiled-'))
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const compiler = join(dirname(typescript), 'bin', 'tsc')
  const argv = [compiler, '-p', join(projectDir, tsconfig), '--outDir', folder]
  const dispose = () => rmSync(folder, { recursive: true, force: true })
  try {
    await execute(process.execPath, argv)
  } catch (error) {
    dispose()
    const { stdout } = error as { readonly stdout?: string }
    throw new Error(`${tsconfig} does not compile:\n${stdout ?? ''}`, { cause: error })
  }
  return { folder, pathOf: (source) => join(folder, source.replace(/\.ts$/, '.js')), dispose }
}
