import type { SecretSource } from '../../domain/channel.ts'
import type { NotifierDeps, SendResult } from '../../ports/notifier.ts'
import { ServiceError } from '../../runtime/service-error.ts'

/** A text for each source. */
type TextsOf<Sources> = { readonly [Name in keyof Sources]: string }

/**
 * Reads secrets anew for each attempt, so that one that is changed holds at once. What cannot be
 * read, or is no address where it is called `url`, is a failure that somebody may mend before the
 * next attempt.
 */
export function readSecrets<Sources extends Readonly<Record<string, SecretSource>>>(
  { readSecret }: NotifierDeps,
  sources: Sources,
): { readonly ok: TextsOf<Sources> } | { readonly failed: SendResult } {
  try {
    const read = Object.entries(sources).map(([name, source]) => {
      const text = readSecret(source)
      if (name === 'url' && !isAddress(text)) throw noAddress(source)
      return [name, text] as const
    })
    return { ok: Object.fromEntries(read) as TextsOf<Sources> }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { failed: { outcome: 'failed', reason: error.message, isPermanent: false } }
  }
}

function isAddress(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text)
}

function noAddress(source: SecretSource): ServiceError {
  const where = 'file' in source ? `the file ${source.file}` : `the variable ${source.env}`
  return new ServiceError('notifier.secret', `${where} holds no http or https address`)
}
