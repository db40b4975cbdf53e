import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openApiDocument } from '../../../services/console/openapi.ts'
import { programVersion } from '../../../services/shared/runtime/program-version.ts'

const FILE = join(import.meta.dirname, '../../../docs/reference/openapi.json')

test('docs/reference/openapi.json is the document that the API serves (REWRITE=1 writes it)', () => {
  const made = openApiDocument(programVersion())
  if (process.env['REWRITE'] === '1') writeFileSync(FILE, `${JSON.stringify(made, null, 2)}\n`)
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(JSON.stringify(made)))
})
