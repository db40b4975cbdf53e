const STORE_NAME = /^[A-Za-z0-9_-]+$/
/** Subjects are few and each is published to often; a program that makes them up is no harm. */
const MAX_KNOWN = 1000
const plain = new Set<string>()
const KEY = /^[-/_=.A-Za-z0-9]+$/

/**
 * Throws a `RangeError` for a subject that NATS would refuse: empty tokens, spaces, misplaced
 * wildcards.
 */
export function checkSubject(subject: string, wildcards: boolean): void {
  if (plain.has(subject)) return
  const tokens = subject.split('.')
  const good = tokens.every((token, index) => {
    if (token === '' || /\s/.test(token)) return false
    if (token === '*') return wildcards
    if (token === '>') return wildcards && index === tokens.length - 1
    return true
  })
  if (!good) throw new RangeError(`not a subject: ${JSON.stringify(subject)}`)
  if (wildcards) return
  if (plain.size >= MAX_KNOWN) plain.clear()
  plain.add(subject)
}

/** Whether a pattern with `*` (one token) and a last `>` (one or more) covers a subject. */
export function matchesSubject(pattern: string, subject: string): boolean {
  if (pattern === subject) return true
  const wanted = pattern.split('.')
  const tokens = subject.split('.')
  for (const [index, want] of wanted.entries()) {
    if (want === '>') return tokens.length > index
    if (index >= tokens.length || (want !== '*' && want !== tokens[index])) return false
  }
  return wanted.length === tokens.length
}

/**
 * Throws a `RangeError` for a name of a bucket or stream that cannot be a file name or a NATS name.
 */
export function checkStoreName(name: string): void {
  if (!STORE_NAME.test(name)) {
    throw new RangeError(`not a name of a bucket or stream: ${JSON.stringify(name)}`)
  }
}

/** Throws a `RangeError` for a key that a NATS bucket would refuse. */
export function checkKey(key: string): void {
  if (!KEY.test(key) || key.startsWith('.') || key.endsWith('.')) {
    throw new RangeError(`not a key: ${JSON.stringify(key)}`)
  }
}
