import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { inconclusive } from './check.ts'
import { CheckError } from './network-error.ts'

/** Stands for a secret in transcripts. */
export const MASK = '***'

/** A secret in the options of a check: the text itself, or where the prober finds it. */
export const secretOption = z.union([
  z.string().min(1),
  z.strictObject({
    file: z
      .string()
      .startsWith('/', 'want an absolute path')
      .describe('File on the prober that holds the secret; one line end at its end is left out.'),
  }),
  z.strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'want the name of an environment variable')
      .describe("Variable of the prober's environment that holds the secret."),
  }),
])

/** The option `password`. */
export const passwordOption = secretOption
  .optional()
  .describe('Password: the text, or `{ file: PATH }` or `{ env: NAME }` on the prober.')

/** A parsed `secretOption`. */
export type Secret = z.infer<typeof secretOption>

/**
 * The secret's text, read anew each time, so that a changed file holds at once.
 *
 * @throws CheckError `local.secret` when it cannot be read or is empty.
 */
export function readSecret(secret: Secret): string {
  if (typeof secret === 'string') return secret
  const isFile = 'file' in secret
  const text = isFile ? readText(secret.file) : process.env[secret.env]
  if (text !== undefined && text !== '') return text
  const where = isFile ? `the file ${secret.file}` : `the environment variable ${secret.env}`
  throw missing(`${where} is ${text === undefined ? 'not set' : 'empty'}`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw missing(`the file ${file} cannot be read: ${reason}`)
  }
}

function missing(reason: string): CheckError {
  return new CheckError(inconclusive('local.secret', `no secret to log in with: ${reason}`))
}
