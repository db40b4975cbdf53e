import { mildest } from './degrade.ts'
import { tellingView } from './standing.ts'
import type { CheckState, View } from './state.ts'
import { voteOf } from './view.ts'

/** One check: what was seen last, and how far the verdict is from changing. */
export function explainCheck(check: CheckState): string {
  const { spec, views } = check
  const view = tellingView(check)
  if (view?.last === undefined) return `${spec.label}: nothing seen yet`
  const { outcome } = view.last
  const { health } = view
  const seen = outcome.outcome === 'pass' ? 'pass' : `${outcome.outcome} ${outcome.code}`
  const needed = health.verdict === 'up' ? spec.fall : spec.rise
  const towards = health.verdict === 'up' ? 'down' : 'up'
  const streak = health.streak === 0 ? '' : ` (${health.streak}/${needed} towards ${towards})`
  const said = `${spec.label}: ${seen}: ${outcome.detail}${streak}${degradeInWords(check, view)}`
  const votes = new Set(views.map(voteOf))
  return votes.size > 1 ? `${said} (${votesInWords(view, views)})` : said
}

/** How far a check is from leaving another share of the weight. */
function degradeInWords({ spec }: CheckState, { degrade }: View): string {
  const { row } = degrade
  if (row.length === 0) return ''
  const factor = degrade.factor ?? 1
  const wanted = mildest(row, factor)
  const needed = wanted < factor ? spec.fall : spec.rise
  return ` (${row.length}/${needed} towards ${Math.round(wanted * 100)} % of the weight)`
}

/** `seen from dc1; down from dc1 and dc2, up from dc3`: said where they do not agree. */
function votesInWords({ vantage }: View, views: readonly View[]): string {
  const groups = (['down', 'up', 'unknown'] as const).flatMap((vote) => {
    const names = views.filter((view) => voteOf(view) === vote).map((view) => view.vantage.name)
    return names.length === 0 ? [] : [`${vote} from ${inWords(names)}`]
  })
  return `seen from ${vantage.name}; ${groups.join(', ')}`
}

function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
