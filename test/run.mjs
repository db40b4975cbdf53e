// `npm test`: from a fresh clone to one last line, `N passed, N failed`. Names of vitest projects as
// arguments (`node test/run.mjs unit probes`) limit it to these, without the linter and compiler.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ensureBuilt,
  ensureInstalled,
  exitWith,
  projectDir,
  runChild,
  say,
  toolPath,
} from '../services/standalone/bootstrap.mjs'
import { canInstall, installPackages, missingPackages } from './support/debian-packages.mjs'

const PROJECTS = ['unit', 'simulation', 'contract', 'probes', 'acceptance', 'web', 'lab', 'compose']
const packages = JSON.parse(
  readFileSync(join(projectDir, 'test', 'support', 'debian-packages.json'), 'utf8'),
)
const counts = { passed: 0, failed: 0, skipped: 0 }
const failures = []
let isStopped = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    isStopped = true
  })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  exitWith(error)
}

async function main(asked) {
  const unknown = asked.filter((name) => !PROJECTS.includes(name))
  if (unknown.length > 0) {
    throw new Error(`no such suite: ${unknown.join(', ')}; there are ${PROJECTS.join(', ')}`)
  }
  ensureInstalled()
  count('build', build())
  const projects = provide(asked.length > 0 ? asked : PROJECTS)
  if (asked.length === 0) {
    await check('biome', [toolPath('@biomejs/biome', 'biome'), 'ci', '.'])
    await check('tsc', [toolPath('typescript', 'tsc')])
    await check('tsc of the web console', [
      toolPath('typescript', 'tsc'),
      ...['-p', 'services/console/web'],
    ])
  }
  for (const project of projects) if (!isStopped) await runProject(project)
  if (isStopped) count('the run to its end', false)
  for (const name of failures) say(`FAILED: ${name}`)
  const { passed, failed, skipped } = counts
  say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 ? 1 : 0
}

function build() {
  try {
    ensureBuilt()
    return true
  } catch (error) {
    say(error.message)
    return false
  }
}

/** Sees to what the suites need; returns those that can run. */
function provide(projects) {
  const wanted = [...new Set(projects.flatMap((project) => packages[project] ?? []))]
  const missing = missingPackages(wanted)
  if (missing.length === 0) return projects
  if (canInstall()) {
    const trouble = installPackages(missing, say)
    if (trouble !== undefined) say(trouble)
    count('Debian packages', trouble === undefined)
    return projects
  }
  return projects.filter((project) => {
    const lacks = (packages[project] ?? []).filter((name) => missing.includes(name))
    if (lacks.length === 0) return true
    say(`Leaving out the suite "${project}": it needs ${lacks.join(', ')}, and packages are`)
    say('installed only as root on Debian. The suite counts as one skipped test.')
    counts.skipped++
    return false
  })
}

async function check(name, args) {
  say(`\n${name}`)
  count(name, (await run(args)) === 0)
}

async function runProject(project) {
  say(`\nvitest: ${project}`)
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-test-'))
  const report = join(dir, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const vitest = [toolPath('vitest', 'vitest'), 'run', '--project', project, '--passWithNoTests']
  try {
    const code = await run([...vitest, ...reporters])
    addReport(project, report, code)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A file that cannot be loaded and an error outside any test have no test of their own, but count. */
function addReport(project, path, code) {
  let report
  try {
    report = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    count(`${project}: a report`, false)
    return
  }
  counts.passed += report.numPassedTests
  counts.failed += report.numFailedTests
  counts.skipped += report.numPendingTests + (report.numTodoTests ?? 0)
  for (const { assertionResults } of report.testResults)
    for (const { status, fullName } of assertionResults)
      if (status === 'failed') failures.push(`${project}: ${fullName}`)
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  for (const { name } of broken) count(name, false)
  if (code !== 0 && report.numFailedTests + broken.length === 0)
    count(`${project}: clean end`, false)
}

function run(args) {
  return runChild(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
}

function count(name, isGood) {
  if (isGood) counts.passed++
  else {
    counts.failed++
    failures.push(name)
  }
}
