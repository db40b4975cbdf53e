import type { Check } from '../../probes/check.ts'
import { checks } from '../../probes/registry.ts'
import { optionsJsonSchema } from '../../services/shared/cluster-file/check-schema.ts'
import type { JsonSchema } from '../../services/shared/cluster-file/valid-keys.ts'
import { isMapping } from '../../services/shared/cluster-file/values.ts'

/** What stands between these is made, the rest of the page is written by hand. */
const BEGIN = '<!-- from here on made from probes/, not by hand -->\n'
const END = '<!-- to here -->\n'

/** The reference page of all checks, Markdown, with its middle made anew. */
export function checksPage(page: string): string {
  const [head = '', rest = ''] = page.split(BEGIN)
  const [, tail = ''] = rest.split(END)
  const all = Object.values<Check>(checks)
  const list = all.map(({ kind, summary }) => `| [\`${kind}\`](#${kind}) | ${cell(summary)} |`)
  const index = ['| kind | what it looks at |', '| --- | --- |', ...list, ''].join('\n')
  return `${head}${BEGIN}${index}${all.map(section).join('')}${END}${tail}`
}

function section(check: Check): string {
  const { kind, summary, example = '', codes = {} } = check
  const rows = optionRows(optionsJsonSchema(check), '')
  const options =
    rows.length === 0
      ? 'No options of its own.\n'
      : `| option | type | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
  const written = example.includes('\n')
    ? `check:\n${example.trimEnd().replace(/^(?=.)/gm, '  ')}`
    : `check: ${example}`
  const own = Object.entries(codes).map(([code, text]) => `| \`${code}\` | ${cell(text)} |`)
  const table = own.length === 0 ? '' : `\n| code | means |\n| --- | --- |\n${own.join('\n')}\n`
  return `\n## ${kind}\n\n${summary}\n\n${options}\n\`\`\`yaml\n${written}\n\`\`\`\n${table}`
}

function optionRows(schema: JsonSchema, prefix: string): string[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(propertiesOf(schema)).flatMap(([name, property]) => {
    const key = `${prefix}${name}`
    const nested = Object.keys(propertiesOf(property)).length > 0
    const meaning = text(property['description'])
    const cells = [
      `\`${key}\``,
      nested ? 'keys' : typeOf(property),
      nested ? '' : defaultOf(property, required.includes(name)),
      meaning,
    ]
    return [
      `| ${cells.map(cell).join(' | ')} |`,
      ...(nested ? optionRows(property, `${key}.`) : []),
    ]
  })
}

function typeOf(schema: JsonSchema): string {
  const alternatives = ['anyOf', 'oneOf'].flatMap((word) => schemasIn(schema[word]))
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeOf))].join(' or ')
  if ('const' in schema) return `\`${JSON.stringify(schema['const'])}\``
  if (Array.isArray(schema['enum'])) return schema['enum'].map((word) => `\`${word}\``).join(' ')
  switch (schema['type']) {
    case 'boolean':
      return '`true` `false`'
    case 'integer':
    case 'number':
      return rangeOf(schema)
    case 'array':
      return `list of ${schemasIn([schema['items']]).map(typeOf).join()}`
    case 'object':
      return objectType(schema)
    default:
      return 'text'
  }
}

function objectType(schema: JsonSchema): string {
  const names = Object.keys(propertiesOf(schema))
  if (names.length > 0) return `\`{ ${names.join(', ')} }\``
  return `name: ${schemasIn([schema['additionalProperties']]).map(typeOf).join()}`
}

function rangeOf({ minimum, maximum }: JsonSchema): string {
  const isBounded = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER
  if (isBounded) return `${text(minimum)} to ${maximum}`
  const isAbove = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER
  return isAbove ? `number from ${minimum}` : 'number'
}

function defaultOf(schema: JsonSchema, isRequired: boolean): string {
  if ('default' in schema) {
    const value = schema['default']
    return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
  }
  return isRequired ? 'needed' : ''
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const properties = schema['properties']
  return isMapping(properties) ? (properties as Readonly<Record<string, JsonSchema>>) : {}
}

function schemasIn(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? value.filter(isMapping) : []
}

function text(value: unknown): string {
  return value === undefined ? '' : String(value)
}

/** A cell of a Markdown table. */
function cell(content: string): string {
  return content.replace(/\|/g, '\\|').replace(/\n/g, ' ')
}
