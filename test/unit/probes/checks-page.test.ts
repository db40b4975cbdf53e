import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checks } from '../../../probes/registry.ts'
import { formatFinding } from '../../../services/shared/cluster-file/finding.ts'
import { parseClusterFile } from '../../../services/shared/cluster-file/parse-cluster-file.ts'
import { checksPage } from '../../support/checks-page.ts'

const PAGE = join(import.meta.dirname, '../../../docs/reference/checks.md')
const kinds = Object.values(checks)

test('the page of the checks says what their schemas say (REWRITE=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8')
  const made = checksPage(page)
  if (process.env['REWRITE'] === '1') writeFileSync(PAGE, made)
  else expect(page).toBe(made)
})

describe.each(kinds)('a check of kind $kind', (check) => {
  test('has an example that the cluster file takes, and that is of this kind', async () => {
    const { kind, example } = check
    if (example === undefined) throw new Error(`probes/${kind}.ts needs an example`)
    const result = await parseExample(example)
    const findings = [...(result.ok ? [] : result.errors), ...result.warnings]
    expect(findings.map(formatFinding)).toEqual([])
    const [service] = result.ok ? result.cluster.virtualServices : []
    expect(service?.realServers[0]?.checks.map((found) => found.kind)).toEqual([kind])
  })

  test('says in one sentence what it looks at, and what each of its codes means', () => {
    const { kind, summary, codes = {} } = check
    expect(summary).toMatch(/^[A-Z][^\n]*\.$/)
    for (const [code, meaning] of Object.entries(codes)) {
      expect(code).toMatch(/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/)
      expect(meaning, `${kind}: ${code}`).toMatch(/^[A-Z`].*\.$/)
    }
  })
})

/** One service with this check; every key of the example stands below `check`. */
function parseExample(example: string) {
  const text = [
    'cluster: shop',
    'realServers: { web1: 10.0.0.11 }',
    'virtualServices:',
    '  web:',
    '    address: 192.0.2.10:80/tcp',
    '    forwarding: masquerade',
    '    realServers: { web1: }',
    '    check:',
    ...example
      .trimEnd()
      .split('\n')
      .map((line) => `      ${line}`),
  ].join('\n')
  return parseClusterFile(text, {
    file: 'example.yaml',
    resolve: () => Promise.reject(new Error('examples name no hosts')),
  })
}
