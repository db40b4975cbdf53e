import { isMapping } from './values.ts'

/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The keys that a schema allows in the mapping at a path, whichever of its alternatives is meant.
 */
export function validKeysAt(schema: JsonSchema, path: readonly PropertyKey[]): readonly string[] {
  let here: readonly JsonSchema[] = alternatives(schema)
  for (const part of path) here = here.flatMap((one) => step(one, part)).flatMap(alternatives)
  return [...new Set(here.flatMap((one) => Object.keys(objectOf(one['properties']))))]
}

function step(schema: JsonSchema, part: PropertyKey): readonly JsonSchema[] {
  const properties = objectOf(schema['properties'])
  const inside = typeof part === 'number' ? schema['items'] : properties[String(part)]
  const next = inside ?? schema['additionalProperties']
  return isMapping(next) ? [next] : []
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const nested = ['anyOf', 'oneOf', 'allOf'].flatMap((word) => {
    const list = schema[word]
    return Array.isArray(list) ? list.filter(isMapping) : []
  })
  return [schema, ...nested.flatMap(alternatives)]
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMapping(value) ? value : {}
}
