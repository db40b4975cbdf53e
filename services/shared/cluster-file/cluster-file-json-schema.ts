import { z } from 'zod'
import { checks } from '../../../probes/registry.ts'
import { type CheckKinds, commonCheckSchema, optionsJsonSchema } from './check-schema.ts'
import { fileSchema } from './file-schema.ts'
import type { JsonSchema } from './valid-keys.ts'

let ofFile: JsonSchema | undefined

/** JSON Schema of the file without its checks. */
export function fileJsonSchema(): JsonSchema {
  ofFile ??= z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' })
  return ofFile
}

/** JSON Schema (draft 2020-12) of the cluster file with the options of every check, for editors. */
export function clusterFileJsonSchema(kinds: CheckKinds = checks): JsonSchema {
  return {
    ...fileJsonSchema(),
    title: 'LVS Warden cluster file',
    $defs: { check: checkJsonSchema(kinds) },
  }
}

function checkJsonSchema(kinds: CheckKinds): JsonSchema {
  const { properties: common } = z.toJSONSchema(commonCheckSchema, {
    io: 'input',
    unrepresentable: 'any',
  })
  const objects = Object.values(kinds).map((check) => {
    const options = optionsJsonSchema(check)
    const type = { const: check.kind, description: check.summary }
    return {
      title: check.kind,
      description: check.summary,
      type: 'object',
      properties: { type, ...common, ...Object(options['properties']) },
      required: ['type'],
      additionalProperties: false,
    }
  })
  const untyped = {
    title: 'keys of every check',
    description: 'Takes its type from the level above, or the default of the service.',
    type: 'object',
    not: { required: ['type'] },
  }
  const word = { enum: ['none', ...Object.keys(kinds)], description: 'Just the kind, or none.' }
  return { anyOf: [word, ...objects, untyped] }
}
