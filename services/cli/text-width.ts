/** One line that cannot steer a terminal, whatever a server or a file put into it. */
export function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\p{Cc}|\p{Cf}/gu, '\ufffd')
}

/** Characters, not UTF-16 units. */
export function widthOf(text: string): number {
  return [...text].length
}

/** At most `width` characters, the last one `…` where something was cut. */
export function cut(text: string, width: number): string {
  const characters = [...text]
  if (characters.length <= width) return text
  return width <= 0 ? '' : `${characters.slice(0, width - 1).join('')}…`
}

/** A share of 1 in percent. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
