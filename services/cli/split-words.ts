/** What stands for itself behind a backslash between double quotes, as in sh(1). */
const ESCAPABLE = new Set(['"', '\\'])

/**
 * Splits a line into words at blanks. Quotes and backslashes keep blanks together as in sh(1);
 * nothing else of a shell is known: no variables, patterns, pipes or `&&`. Throws a `RangeError`
 * for a quote without its end.
 */
export function splitWords(line: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index)
    const next = line.charAt(index + 1)
    if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (character === quote) {
      quote = undefined
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character
      word ??= ''
    } else if (isEscape(character, next, quote)) {
      word = (word ?? '') + next
      index++
    } else {
      word = (word ?? '') + character
    }
  }
  if (quote !== undefined) throw new RangeError(`a ${quote} has no end`)
  if (word !== undefined) words.push(word)
  return words
}

function isEscape(character: string, next: string, quote: string | undefined): boolean {
  if (character !== '\\' || next === '') return false
  return quote === undefined || (quote === '"' && ESCAPABLE.has(next))
}
