import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectDir } from '../../support/source-files.ts'

const FOLDER = join(projectDir, 'dashboards', 'json')
const COMPILER = join(projectDir, 'node_modules', '.bin', 'tsc')
const OPTIONS = [
  ...['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--target', 'es2023'],
  ...['--module', 'nodenext', '--moduleResolution', 'nodenext'],
]

/**
 * Grafana publishes its schema as types (@grafana/schema). JSON has no enums, only their values, and
 * what a query says is the data source's own matter.
 */
const TYPES = `
import type { AnnotationQuery, Dashboard, Panel, RowPanel } from '@grafana/schema'
type Plain<T> = T extends string
  ? \`\${T}\`
  : T extends (infer One)[]
    ? Plain<One>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T
type Annotation = Plain<Omit<AnnotationQuery, 'target'>> & { target: Record<string, unknown> }
export type Panels = (Plain<Panel> | Plain<RowPanel>)[]
export type Rest = Plain<Omit<Dashboard, 'panels' | 'annotations'>> & {
  annotations: { list: Annotation[] }
}
`

/** What the compiler says of these dashboards as literals: unknown keys and wrong values. */
function objections(dashboards: readonly Record<string, unknown>[]): Promise<readonly string[]> {
  // Beside the packages, for the compiler to find them.
  const dir = mkdtempSync(join(projectDir, 'node_modules', '.dashboards-'))
  const file = join(dir, 'check.ts')
  const literals = dashboards.map(({ panels, ...rest }, index) => {
    const typed = [`rest${index}: Rest = ${JSON.stringify(rest)}`]
    typed.push(`panels${index}: Panels = ${JSON.stringify(panels)}`)
    return typed.map((one) => `export const ${one}\n`).join('')
  })
  writeFileSync(file, TYPES + literals.join(''))
  return new Promise((resolve) => {
    execFile(COMPILER, [...OPTIONS, file], { encoding: 'utf8' }, (error, stdout) => {
      rmSync(dir, { recursive: true, force: true })
      const lines = stdout.split('\n').filter((line) => line.includes('error'))
      resolve(error !== null && lines.length === 0 ? [error.message] : lines)
    })
  })
}

function read(): Record<string, unknown>[] {
  return readdirSync(FOLDER).map(
    (name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Record<string, unknown>,
  )
}

test('every dashboard, as it stands in its file, is what the schema of Grafana says', async () => {
  expect(read().length).toBeGreaterThan(5)
  expect(await objections(read())).toEqual([])
})

test.each<[what: string, change: (dashboard: Record<string, unknown>) => void]>([
  ['a key that Grafana does not know', (dashboard) => Object.assign(dashboard, { titel: 'x' })],
  ['a version in words', (dashboard) => Object.assign(dashboard, { schemaVersion: '39' })],
  [
    'a panel without a type',
    ({ panels }) => {
      const [, panel] = panels as Record<string, unknown>[]
      if (panel !== undefined) delete panel['type']
    },
  ],
])('%s would be found', async (_, change) => {
  const [first] = read()
  if (first === undefined) throw new Error('no dashboard')
  change(first)
  expect((await objections([first])).length).toBeGreaterThan(0)
})
