import { formatDuration } from '../shared/domain/duration.ts'

/** `2026-07-15 14:03:12 +0200`, in the zone of who reads it. */
export function localTime(time: string | number): string {
  const date = new Date(time)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  const offset = -date.getTimezoneOffset()
  const zone = two(Math.floor(Math.abs(offset) / 60)) + two(Math.abs(offset) % 60)
  return `${day} ${clock} ${offset < 0 ? '-' : '+'}${zone}`
}

/** How long ago that is: `3m 20s`; `0s` for what is in the future because clocks differ. */
export function age(time: string, now: string | number): string {
  const ms = new Date(now).getTime() - new Date(time).getTime()
  return formatDuration(ms < 1000 ? 0 : Math.floor(ms / 1000) * 1000)
}

/** The greater unit of an age: `3m`. */
export function shortAge(time: string, now: string | number): string {
  return age(time, now).split(' ')[0] ?? ''
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
