import { useTranslate } from '../app-context.ts'
import { LETTERS, MARKS, type Mark, markOf } from '../core/server-mark.ts'
import type { ServiceRow } from '../core/service-row.ts'

/** More than this many are shown as shares. */
const MOST_CELLS = 40

/** How the real servers of a service are, at a glance; words for who cannot see it. */
export function HealthStrip({ row }: { row: ServiceRow }) {
  const t = useTranslate()
  const { realServers } = row.service
  const present = MARKS.filter((mark) => row.marks[mark] > 0)
  const words = present.map((mark) =>
    t('strip.text', { n: row.marks[mark], state: t(`state.${mark}`) }),
  )
  const cells = realServers.length > MOST_CELLS ? present.map(share) : realServers.map(cell)
  return (
    <span class="strip-place">
      <span class="strip" aria-hidden="true">
        {cells}
      </span>
      <span class="strip-words">{words.join(', ')}</span>
    </span>
  )

  function share(mark: Mark) {
    return (
      <span key={mark} class={`share mark-${mark}`} style={{ flexGrow: row.marks[mark] }}>
        {LETTERS[mark]}
      </span>
    )
  }
}

function cell(server: ServiceRow['service']['realServers'][number]) {
  const mark = markOf(server)
  return (
    <span key={server.name} class={`cell mark-${mark}`} title={`${server.name}: ${server.reason}`}>
      {LETTERS[mark]}
    </span>
  )
}
