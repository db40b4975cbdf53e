/** Shorter texts are too common to be masked wherever they appear. */
const SHORTEST = 4

/** A text without these secrets, whole or as an address has them, and in one printable line. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .filter(({ length }) => length >= SHORTEST)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
  const hidden = forms.reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
  return hidden.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
}
