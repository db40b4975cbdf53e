import { useEffect, useState } from 'preact/hooks'
import { useTranslate } from '../app-context.ts'
import { formatAge } from '../core/age.ts'
import { preferences } from '../preferences.ts'
import { useStore } from '../store.ts'

/** A moment in local time with its zone; the title has the date. */
export function Moment({ at, isShort = false }: { at: number | string; isShort?: boolean }) {
  const language = useStore(preferences, (chosen) => chosen.language)
  const date = new Date(at)
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false } as const
  const day = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  const zone = { timeZoneName: 'short' } as const
  const write = (format: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, format).format(date)
  return (
    <time dateTime={date.toISOString()} title={write({ ...day, ...time, ...zone })}>
      {write(isShort ? { ...time, ...zone } : { ...day, ...time, ...zone })}
    </time>
  )
}

/** How long ago something was. */
export function Age({ since }: { since: string }) {
  const t = useTranslate()
  const now = useNow(1000)
  return <time dateTime={since}>{formatAge(now - Date.parse(since), t)}</time>
}

function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
