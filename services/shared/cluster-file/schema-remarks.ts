import type { z } from 'zod'
import { suggestKey } from '../domain/nearest-key.ts'
import type { Path } from './finding.ts'
import type { Remark } from './finding-list.ts'
import { isRule, type Rule } from './rules.ts'
import { type JsonSchema, validKeysAt } from './valid-keys.ts'
import { describeValue, isMapping, isObject, orList, quote } from './values.ts'

type Issue = z.core.$ZodIssue

/** What was parsed, for messages that say what was got and what would have been valid. */
export interface Parsed {
  readonly input: unknown
  readonly jsonSchema: JsonSchema
}

/** Says each issue of a schema in our own words; paths are relative to what was parsed. */
export function schemaRemarks(issues: readonly Issue[], parsed: Parsed): readonly Remark[] {
  return issues.flatMap((issue) => remarksOf(issue, pathOf(issue.path), parsed))
}

function remarksOf(issue: Issue, path: Path, parsed: Parsed): readonly Remark[] {
  const { present, value } = lookUp(parsed.input, path)
  if (issue.code === 'unrecognized_keys') {
    const valid = validKeysAt(parsed.jsonSchema, path)
    return issue.keys.map((key) => {
      const message = `unknown key ${quote(key)}${suggestKey(key, valid)}`
      return { path: [...path, key], rule: 'unknown-key', message, atKey: true }
    })
  }
  if (issue.code === 'invalid_key') {
    const [first] = issue.issues
    const message = first?.message ?? issue.message
    return [{ path, rule: ruleOf(first) ?? 'bad-key', message, atKey: true }]
  }
  if (!present) return [missing(path)]
  if (issue.code === 'invalid_union' && issue.errors.length === 0) {
    const words = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
    const got = `got ${describeValue(value)}${hintFor(words, value)}`
    return [{ path, rule: 'unknown-value', message: `wanted ${orList(words.map(String))}, ${got}` }]
  }
  if (issue.code === 'invalid_union') {
    const branch = chooseBranch(issue.errors, value)
    return branch.flatMap((inner) => remarksOf(inner, [...path, ...pathOf(inner.path)], parsed))
  }
  return [{ path, ...worded(issue, value) }]
}

function worded(issue: Issue, value: unknown): { readonly rule: Rule; readonly message: string } {
  const got = `got ${describeValue(value)}`
  const rule = ruleOf(issue)
  if (rule !== undefined) return { rule, message: issue.message }
  switch (issue.code) {
    case 'invalid_type':
      return { rule: 'wrong-type', message: `wanted ${typeName(issue.expected)}, ${got}` }
    case 'invalid_value':
      return {
        rule: 'unknown-value',
        message:
          `wanted ${issue.values.map(String).join(', ')}, ` +
          `${got}${hintFor(issue.values, value)}`,
      }
    case 'too_small':
      return {
        rule: 'out-of-range',
        message:
          'wanted ' +
          `${sizeOf(issue.origin)}${issue.inclusive === false ? 'more than' : 'at least'} ` +
          `${issue.minimum}, ${got}`,
      }
    case 'too_big':
      return {
        rule: 'out-of-range',
        message:
          'wanted ' +
          `${sizeOf(issue.origin)}${issue.inclusive === false ? 'less than' : 'at most'} ` +
          `${issue.maximum}, ${got}`,
      }
    default:
      return { rule: 'bad-value', message: `${issue.message}, ${got}` }
  }
}

function hintFor(words: readonly unknown[], value: unknown): string {
  const candidates = words.filter((word) => typeof word === 'string')
  return typeof value === 'string' ? suggestKey(value, candidates) : ''
}

function sizeOf(origin: string): string {
  if (origin === 'string') return 'a text of length '
  return origin === 'array' || origin === 'set' ? 'a list of length ' : ''
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    string: 'a text',
    int: 'a whole number',
    boolean: 'true or false',
  }
  return names[expected] ?? `a ${expected}`
}

function missing(path: Path): Remark {
  const message = `missing key ${quote(String(path.at(-1) ?? ''))}`
  return { path, rule: 'missing-key', message, atKey: true }
}

/**
 * The alternative that was meant: mappings and lists by their inside, plain values by their best
 * reader.
 */
function chooseBranch(branches: readonly (readonly Issue[])[], value: unknown): readonly Issue[] {
  const fitting = branches.filter((issues) => !issues.some((issue) => isMisfit(issue, value)))
  const telling = fitting.find((issues) => issues.some((issue) => ruleOf(issue) !== 'wrong-type'))
  return telling ?? fitting[0] ?? branches[0] ?? []
}

function isMisfit(issue: Issue, value: unknown): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_type') return true
  return isObject(value) && issue.code === 'custom' && issue.params?.['scalar'] === true
}

function ruleOf(issue: Issue | undefined): Rule | undefined {
  const rule = issue?.code === 'custom' ? issue.params?.['rule'] : undefined
  return isRule(rule) ? rule : undefined
}

function pathOf(path: readonly PropertyKey[]): Path {
  return path.map((part) => (typeof part === 'number' ? part : String(part)))
}

function lookUp(
  input: unknown,
  path: Path,
): { readonly present: boolean; readonly value: unknown } {
  let value = input
  for (const part of path) {
    const inside = Array.isArray(value) || isMapping(value) ? value : {}
    if (!Object.hasOwn(inside, part)) return { present: false, value: undefined }
    value = (inside as Record<string | number, unknown>)[part]
  }
  return { present: true, value }
}
