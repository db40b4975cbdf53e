// `npm run bench`: runs the benchmarks beside this file, or those named (`npm run bench -- table`), and
// prints what each measured against what. Ends with 1 when a goal is missed. `--json` for machines.
import { readdirSync, readFileSync } from 'node:fs'
import { register } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureBuilt, ensureInstalled, exitWith } from '../../services/standalone/bootstrap.mjs'
import { canInstall, installPackages, missingPackages } from '../support/debian-packages.mjs'

const args = process.argv.slice(2)
const isJson = args.includes('--json')
const asked = args.filter((arg) => !arg.startsWith('-'))

try {
  ensureInstalled()
  ensureBuilt()
  ensurePackages()
} catch (error) {
  exitWith(error)
}
register('./load-typescript.mjs', import.meta.url)
const benches = await loadBenches()
const unknown = asked.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  const names = benches.map(({ name }) => name).join(', ')
  console.error(`no such benchmark: ${unknown.join(', ')}; there are ${names}`)
  process.exit(2)
}

const results = []
for (const bench of benches) {
  if (asked.length > 0 && !asked.includes(bench.name)) continue
  if (!isJson) console.log(`${bench.name}: ${bench.summary}`)
  const result = await runBench(bench)
  results.push(result)
  if (!isJson) print(result)
}
if (isJson) console.log(JSON.stringify(results, undefined, 2))
const missed = results.flatMap(({ measures = [] }) => measures.filter(({ met }) => met === false))
const broken = results.filter(({ problem }) => problem !== undefined)
if (!isJson) console.log(lastLine())
process.exitCode = missed.length + broken.length > 0 ? 1 : 0

/** As the tests do; elsewhere a benchmark that lacks a program says which. */
function ensurePackages() {
  const file = join(import.meta.dirname, '..', 'support', 'debian-packages.json')
  const { bench, lab } = JSON.parse(readFileSync(file, 'utf8'))
  const missing = canInstall() ? missingPackages([...bench, ...lab]) : []
  if (missing.length === 0) return
  const trouble = installPackages(missing, (text) => console.error(text))
  if (trouble !== undefined) console.error(trouble)
}

async function loadBenches() {
  const files = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts'))
    .sort()
  const modules = await Promise.all(
    files.map((name) => import(pathToFileURL(join(import.meta.dirname, name)).href)),
  )
  return modules.flatMap(({ bench }) => (bench === undefined ? [] : [bench]))
}

async function runBench({ name, run }) {
  try {
    return { name, measures: await run() }
  } catch (error) {
    return { name, problem: error instanceof Error ? error.message : String(error) }
  }
}

function print({ problem, measures = [] }) {
  if (problem !== undefined) console.log(`  not measured: ${problem}`)
  const rows = measures.map((measure) => [
    measure.what,
    `${figure(measure.value)} ${measure.unit}`,
    measure.ratio === undefined ? '' : `${figure(measure.ratio)} × ${measure.ratioTo}`,
    measure.goal === undefined ? '' : `${measure.goal}: ${measure.met ? 'met' : 'MISSED'}`,
  ])
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column].length)))
  for (const row of rows) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    console.log(`  ${cells.join('  ').trimEnd()}`)
  }
  console.log()
}

function figure(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toPrecision(2)
}

function lastLine() {
  const goals = results.flatMap(({ measures = [] }) => measures.filter(({ goal }) => goal))
  const problems = broken.length > 0 ? `, ${broken.length} benchmarks not measured` : ''
  return `${goals.length - missed.length} goals met, ${missed.length} missed${problems}`
}
