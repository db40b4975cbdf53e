/** Arrow keys go from link to link of a list's rows; Home and End to its ends. */
export function moveAmongRows(event: KeyboardEvent): void {
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }
  const list = event.currentTarget
  if (!(list instanceof HTMLElement) || event.ctrlKey || event.altKey || event.metaKey) return
  const links = rowLinks(list)
  const { activeElement } = document
  const at = activeElement instanceof HTMLElement ? links.indexOf(activeElement) : -1
  const step = steps[event.key]
  const isEnd = event.key === 'Home' || event.key === 'End'
  if (at < 0 || (step === undefined && !isEnd)) return
  const next = step === undefined ? (event.key === 'Home' ? 0 : links.length - 1) : at + step
  const link = links[next]
  if (link === undefined) return
  event.preventDefault()
  link.focus()
}

/** Puts the focus on the first row of a list. */
export function focusFirstRow(list: HTMLElement | null): void {
  if (list !== null) rowLinks(list)[0]?.focus()
}

function rowLinks(list: HTMLElement): readonly HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('a.row-link')]
}
