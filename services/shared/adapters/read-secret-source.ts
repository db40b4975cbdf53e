import { readFileSync } from 'node:fs'
import type { SecretSource } from '../domain/channel.ts'
import { ServiceError } from '../runtime/service-error.ts'

/** A secret is a line, and never so long. */
const MAX_BYTES = 64 * 1024

/**
 * The secret's text without the line end at its end. Throws a `ServiceError` `notifier.secret` that
 * names the file or variable when there is none.
 */
export function readSecretSource(source: SecretSource): string {
  const text = 'file' in source ? readText(source.file) : process.env[source.env]
  const where = 'file' in source ? `the file ${source.file}` : `the variable ${source.env}`
  if (text === undefined) throw missing(`${where} is not set on the alerter`)
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '') throw missing(`${where} is empty`)
  if (secret.length > MAX_BYTES) throw missing(`${where} is too long for a secret`)
  return secret
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no such file'
    throw missing(`the file ${file} cannot be read on the alerter: ${code}`)
  }
}

function missing(message: string): ServiceError {
  return new ServiceError('notifier.secret', message)
}
