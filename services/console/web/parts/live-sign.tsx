import { useApp, useTranslate } from '../app-context.ts'
import { useStore } from '../store.ts'
import { Moment } from './time.tsx'

/** Whether what is shown is of now. */
export function LiveSign() {
  const t = useTranslate()
  const { live } = useApp()
  const connection = useStore(live.state, (state) => state.connection)
  const shapes = { live: '●', connecting: '◌', stale: '▲' }
  return (
    <p class={`live live-${connection}`} role="status" aria-label={t('live.label')}>
      <span aria-hidden="true">{shapes[connection]} </span>
      {connection === 'live' && t('live.live')}
      {connection === 'connecting' && t('live.connecting')}
      {connection === 'stale' && <StaleSince />}
    </p>
  )
}

function StaleSince() {
  const t = useTranslate()
  const { live } = useApp()
  const heardAt = useStore(live.state, (state) => state.heardAt ?? 0)
  const [before, after] = t('live.stale', { time: '\n' }).split('\n')
  return (
    <>
      {before}
      <Moment at={heardAt} isShort={true} />
      {after}
    </>
  )
}

/** Says in full that what is shown is old, and why. */
export function LiveNotice() {
  const t = useTranslate()
  const { live } = useApp()
  const state = useStore(live.state, (present) => present)
  if (state.connection !== 'stale') return null
  const { trouble, heardAt = 0 } = state
  const text =
    trouble === undefined
      ? t('live.stale-notice', { time: '\n' })
      : t('live.trouble-notice', { time: '\n', message: trouble })
  const [before, after] = text.split('\n')
  return (
    <p class="notice" role="alert">
      {before}
      <Moment at={heardAt} />
      {after}
    </p>
  )
}
