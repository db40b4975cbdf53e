/** What a server said, fit for a log line: one line, no control characters, not too long. */
export function show(text: string, limit = 120): string {
  const oneLine = printable(text.trim().replace(/\r?\n/g, ' | '))
  return oneLine.length > limit ? `${oneLine.slice(0, limit)}…` : oneLine
}

/**
 * Keeps line ends, replaces every other control character, so that a server cannot steer a
 * terminal.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) =>
    character === '\r' || character === '\t' ? character : '\ufffd',
  )
}
