import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { metricsOfSources, metricsTable, optionTables } from '../../support/services-page.ts'
import { readSources } from '../../support/source-files.ts'

const page = new URL('../../../docs/reference/services.md', import.meta.url)

test('docs/reference/services.md has the options and metrics that there are (REWRITE=1 writes it)', async () => {
  const text = await readFile(page, 'utf8')
  const parts = { options: optionTables(), metrics: metricsTable() }
  let wanted = text
  for (const [name, part] of Object.entries(parts)) {
    const block = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- end -->`)
    expect(wanted).toMatch(block)
    wanted = wanted.replace(block, () => `<!-- ${name} -->\n\n${part}\n<!-- end -->`)
  }
  if (process.env['REWRITE'] === '1') await writeFile(page, wanted)
  else expect(text).toBe(wanted)
})

test('every metric that a source names is on the page', () => {
  const found = new Set(metricsOfSources().map(({ name }) => name.replace(/\{.*/, '')))
  const named = readSources(['services'], ['.ts']).flatMap(
    ({ text }) => text.match(/'lvs_warden_[a-z_]+'/g) ?? [],
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !found.has(name.slice(1, -1)))).toEqual([])
})
