import fc from 'fast-check'

type Schema = Readonly<Record<string, unknown>>

/** Values that a JSON Schema of ours allows; throws for a keyword that it does not know. */
export function fromSchema(schema: Schema): fc.Arbitrary<unknown> {
  const choices = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choices)) return fc.oneof(...choices.map(fromSchema))
  if ('const' in schema) return fc.constant(schema['const'])
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum'])
  switch (schema['type']) {
    case 'object':
      return objects(schema)
    case 'array':
      return fc.array(fromSchema(Object(schema['items'])), {
        minLength: number(schema['minItems'], 0),
        maxLength: Math.min(number(schema['maxItems'], 4), 4),
      })
    case 'string':
      return strings(schema)
    case 'integer':
      return fc.integer({ min: lowest(schema, 1), max: number(schema['maximum'], 1_000_000) })
    case 'number':
      return fc.integer({ min: lowest(schema, 1), max: number(schema['maximum'], 1e12) })
    case 'boolean':
      return fc.boolean()
    case undefined:
      return fc.jsonValue()
    default:
      throw new Error(`what is ${JSON.stringify(schema)}?`)
  }
}

/** Anything at all: what is allowed, and what is not. */
export function aboutSchema(schema: Schema): fc.Arbitrary<unknown> {
  const { properties } = schema
  const keys = Object.keys(Object(properties))
  const wild = fc.record(Object.fromEntries(keys.map((key) => [key, fc.jsonValue()])), {
    requiredKeys: [],
  })
  return fc.oneof(fromSchema(schema), wild, fc.jsonValue())
}

function objects(schema: Schema): fc.Arbitrary<unknown> {
  const properties = Object.entries<Schema>(Object(schema['properties']))
  const values = schema['additionalProperties']
  if (properties.length === 0 && typeof values === 'object') {
    return fc.dictionary(fc.string({ minLength: 1 }), fromSchema(Object(values)), { maxKeys: 3 })
  }
  const requiredKeys = (schema['required'] ?? []) as string[]
  const parts = properties.map(([key, value]) => [key, fromSchema(value)] as const)
  return fc.record(Object.fromEntries(parts), { requiredKeys })
}

function strings(schema: Schema): fc.Arbitrary<string> {
  const { pattern } = schema
  const minLength = number(schema['minLength'], 0)
  const maxLength = Math.min(number(schema['maxLength'], minLength + 20), minLength + 20)
  if (typeof pattern === 'string') {
    const isBounded = (text: string) => text.length >= minLength
    return fc.stringMatching(new RegExp(pattern)).filter(isBounded)
  }
  return fc.string({ minLength, maxLength })
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function lowest(schema: Schema, step: number): number {
  const above = schema['exclusiveMinimum']
  return typeof above === 'number' ? Math.floor(above) + step : number(schema['minimum'], 0)
}
