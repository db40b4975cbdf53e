import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { generatedFiles } from '../../../dashboards/src/generate.ts'

const dir = fileURLToPath(new URL('../../../dashboards/', import.meta.url))

function filesIn(folder: string): string[] {
  return readdirSync(join(dir, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length))
}

test('dashboards/ holds what the code says (npm run dashboards writes it)', () => {
  const files = generatedFiles()
  if (process.env['REWRITE'] === '1') {
    for (const folder of ['json', 'provisioning']) rmSync(join(dir, folder), { recursive: true })
    for (const [path, text] of files) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
    }
  }
  const found = [...filesIn('json'), ...filesIn('provisioning')].sort()
  expect(found).toEqual([...files.keys()].sort())
  for (const [path, text] of files) expect(readFileSync(join(dir, path), 'utf8')).toBe(text)
})

test('no file holds a secret or an address of anybody', () => {
  for (const [path, text] of generatedFiles()) {
    if (!path.endsWith('.yaml')) continue
    const value: unknown = parse(text)
    const found = JSON.stringify(value).match(/"(password|url|user)":"[^"]*"/g) ?? []
    for (const pair of found) expect(pair).toMatch(/"\$/)
  }
})
