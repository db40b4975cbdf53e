import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Finding, formatFinding } from '../../../services/shared/cluster-file/finding.ts'
import type { ClusterFileResult } from '../../../services/shared/cluster-file/parse-cluster-file.ts'
import {
  ADVICE_RULES,
  ERROR_RULES,
  WARNING_RULES,
} from '../../../services/shared/cluster-file/rules.ts'
import { parse } from './parse.ts'

const FOLDER = join(import.meta.dirname, '../../fixtures/cluster-file')
const files = readdirSync(FOLDER).sort()

/** Every fixture ends in comments that say what is found in it; `REWRITE=1` writes them anew. */
const SAYS = '#> '

async function findingsIn(file: string) {
  const path = join(FOLDER, file)
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const text = `${lines.filter((line) => !line.startsWith(SAYS)).join('\n')}\n`
  const result = await parse(text, file)
  const findings = foundIn(result, file)
  const said = findings.map((finding) => `${SAYS}${formatFinding(finding)}`)
  if (process.env['REWRITE'] === '1') writeFileSync(path, `${text}${said.join('\n')}\n`)
  const wanted = lines.filter((line) => line.startsWith(SAYS))
  return { result, findings, said, wanted }
}

/** Advice is not looked at in a file about something else: it would stand in every one of them. */
function foundIn(result: ClusterFileResult, file: string): readonly Finding[] {
  if (!result.ok) return result.errors
  return file.startsWith('advice-') ? [...result.warnings, ...result.advice] : result.warnings
}

describe('a file that breaks one rule is refused, and says which, where and what to do', () => {
  test.each(files.filter((file) => file.startsWith('invalid-')))('%s', async (file) => {
    const { result, findings, said, wanted } = await findingsIn(file)
    expect(result.ok).toBe(false)
    expect(said).toEqual(wanted)
    expect([...new Set(findings.map(({ rule }) => rule))]).toEqual([ruleOf(file)])
  })
})

describe('a file with a trap is accepted with one warning', () => {
  test.each(files.filter((file) => file.startsWith('warning-')))('%s', async (file) => {
    const { result, findings, said, wanted } = await findingsIn(file)
    expect(result.ok).toBe(true)
    expect(said).toEqual(wanted)
    expect(findings.map(({ rule }) => rule)).toEqual([ruleOf(file)])
  })
})

describe('a file that is well but for one thing is accepted with one piece of advice', () => {
  test.each(files.filter((file) => file.startsWith('advice-')))('%s', async (file) => {
    const { result, findings, said, wanted } = await findingsIn(file)
    expect(result.ok).toBe(true)
    expect(said).toEqual(wanted)
    expect(findings.map(({ rule }) => rule)).toEqual([ruleOf(file)])
  })
})

test('every rule has a fixture, but for a file too large to keep', () => {
  const errors = ERROR_RULES.filter((rule) => rule !== 'file-too-large')
  const wanted = [
    ...errors.map((rule) => `invalid-${rule}.yaml`),
    ...WARNING_RULES.map((rule) => `warning-${rule}.yaml`),
    ...ADVICE_RULES.map((rule) => `advice-${rule}.yaml`),
  ]
  expect(files).toEqual(wanted.sort())
})

function ruleOf(file: string): string {
  return file.replace(/^(invalid|warning|advice)-/, '').replace('.yaml', '')
}
