import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { commonCheckSchema } from '../../../services/shared/cluster-file/check-schema.ts'
import {
  clusterFileJsonSchema,
  fileJsonSchema,
} from '../../../services/shared/cluster-file/cluster-file-json-schema.ts'
import { formatFinding } from '../../../services/shared/cluster-file/finding.ts'
import { parseClusterFile } from '../../../services/shared/cluster-file/parse-cluster-file.ts'
import {
  ADVICE_RULES,
  ERROR_RULES,
  WARNING_RULES,
} from '../../../services/shared/cluster-file/rules.ts'

const ROOT = join(import.meta.dirname, '../../..')
const EXAMPLES = join(ROOT, 'examples')
const SCHEMA = join(ROOT, 'docs/reference/cluster-file.schema.json')
const PAGE = join(ROOT, 'docs/reference/cluster-file.md')

/** Every name that stands under `properties` anywhere in a schema. */
function keysOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties' && typeof value === 'object' && value !== null
      ? [...Object.keys(value), ...Object.values(value).flatMap(keysOf)]
      : keysOf(value),
  )
}

/** Every key of every mapping in a value. */
function keysIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = Array.isArray(value) ? [] : Object.keys(value)
  return [...own, ...Object.values(value).flatMap(keysIn)]
}

/** The options of each kind of check have a page of their own. */
const keys = [
  ...new Set(['type', ...Object.keys(commonCheckSchema.shape), ...keysOf(fileJsonSchema())]),
]

test('the schema kept for editors is the one that the file is read with', () => {
  const made = clusterFileJsonSchema()
  if (process.env['REWRITE'] === '1') writeFileSync(SCHEMA, `${JSON.stringify(made, null, 2)}\n`)
  expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(JSON.stringify(made)))
})

describe('an example is a file without errors and without warnings', () => {
  test.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml')))('%s', async (file) => {
    const text = readFileSync(join(EXAMPLES, file), 'utf8')
    const resolve = () => Promise.reject(new Error('examples name no hosts'))
    const result = await parseClusterFile(text, { file, resolve })
    const findings = [...(result.ok ? [] : result.errors), ...result.warnings]
    expect(findings.map(formatFinding)).toEqual([])
    expect(text.startsWith('# yaml-language-server: $schema=../docs/reference/')).toBe(true)
  })
})

test('every key of the schema stands in the example of every key', () => {
  const given = keysIn(parseYaml(readFileSync(join(EXAMPLES, 'every-key.yaml'), 'utf8')))
  expect(keys.filter((key) => !given.includes(key))).toEqual([])
})

test('every key of the schema and every rule has its place on the reference page', () => {
  const page = readFileSync(PAGE, 'utf8')
  const words = [...keys, ...ERROR_RULES, ...WARNING_RULES, ...ADVICE_RULES]
  expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([])
})

test('every key of the schema says what it is for', () => {
  const without: string[] = []
  function look(schema: unknown): void {
    if (typeof schema !== 'object' || schema === null) return
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties' && typeof value === 'object' && value !== null) {
        for (const [name, property] of Object.entries(value)) {
          const { description } = Object(property)
          if (typeof description !== 'string') without.push(name)
        }
      }
      look(value)
    }
  }
  look(clusterFileJsonSchema())
  expect(without).toEqual([])
})
