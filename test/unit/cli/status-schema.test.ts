import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { statusSchema } from '../../../services/shared/wire/status.ts'

const file = new URL('../../../docs/reference/status.schema.json', import.meta.url)

test('docs/reference/status.schema.json is the schema of lvsctl status --json (UPDATE=1 writes it)', async () => {
  const generated = JSON.parse(JSON.stringify(generate()))
  if (process.env['UPDATE'] === '1') {
    await writeFile(file, `${JSON.stringify(generated, undefined, 2)}\n`)
  }
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(generated)
})

/** `input`: a later version may add keys. Bounds of numbers in JavaScript and `pattern` beside `format` are noise. */
function generate(): object {
  const { $schema, ...schema } = z.toJSONSchema(statusSchema, {
    io: 'input',
    override({ jsonSchema }) {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
    },
  })
  return { $schema, title: 'The answer of lvsctl status --json', ...schema }
}
