import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type RowWindow, rowWindow } from '../core/window-rows.ts'

interface WindowedProps<T> {
  readonly items: readonly T[]
  readonly columns: number
  /** Draws one row; its key is the item's own. */
  readonly draw: (item: T, index: number) => ComponentChildren
}

/** Fewer than this are all drawn. */
const FEW = 150
const ASSUMED_HEIGHT = 49

/** The body of a table of which only the rows near the screen are drawn. */
export function WindowedBody<T>({ items, columns, draw }: WindowedProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const isLong = items.length > FEW
  const shown = useWindow(body, items.length, isLong)
  const { from, to, above, below } = isLong
    ? shown
    : { from: 0, to: items.length, above: 0, below: 0 }
  const filler = (height: number) => (
    <tr class="filler">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  )
  return (
    <tbody ref={body}>
      {above > 0 && filler(above)}
      {items.slice(from, to).map((item, index) => draw(item, from + index))}
      {below > 0 && filler(below)}
    </tbody>
  )
}

function useWindow(
  body: { readonly current: HTMLTableSectionElement | null },
  count: number,
  isLong: boolean,
): RowWindow {
  const height = useRef(ASSUMED_HEIGHT)
  const [shown, setShown] = useState(() => rowWindow(count, ASSUMED_HEIGHT, 0, innerHeight))
  useEffect(() => {
    if (!isLong) return
    let frame = 0
    const look = () => {
      frame = 0
      const { current } = body
      if (current === null) return
      const row = current.querySelector<HTMLElement>('tr:not(.filler)')
      height.current = row?.offsetHeight || height.current
      const next = rowWindow(
        count,
        height.current,
        -current.getBoundingClientRect().top,
        innerHeight,
      )
      setShown((present) =>
        present.from === next.from && present.to === next.to && present.below === next.below
          ? present
          : next,
      )
    }
    const soon = () => {
      frame ||= requestAnimationFrame(look)
    }
    look()
    addEventListener('scroll', soon, { passive: true })
    addEventListener('resize', soon)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', soon)
      removeEventListener('resize', soon)
    }
  }, [body, count, isLong])
  return { ...shown, to: Math.min(shown.to, count) }
}
