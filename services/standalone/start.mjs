// `npm start`: installs and builds what is missing, then runs the demo.
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, exitWith, projectDir, runChild } from './bootstrap.mjs'

try {
  ensureInstalled()
  ensureBuilt()
  const program = join(projectDir, 'dist', 'services', 'lvs-warden.js')
  const args = [program, 'demo', ...process.argv.slice(2)]
  process.exitCode = await runChild(process.execPath, args, { cwd: process.cwd() })
} catch (error) {
  exitWith(error)
}
