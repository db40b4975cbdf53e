import type { Changed } from '../../shared/wire/api.ts'
import type { Style } from '../style.ts'
import { layOut } from '../table.ts'

/** What an order did: a line for each service, weight before and after. */
export function changeLines({ changed }: Changed, style: Style): readonly string[] {
  const rows = changed.map(({ service, server, admin, weight, reason }) => [
    { text: `${service}/${server}` },
    {
      text:
        weight.before === weight.after
          ? `weight stays ${weight.after}`
          : `weight ${weight.before} -> ${weight.after}`,
      paint: style.strong,
    },
    { text: admin === 'enabled' ? `enabled: ${reason}` : reason },
  ])
  const columns = [{ title: '' }, { title: '' }, { title: '' }]
  const layout = layOut(columns, rows, Number.POSITIVE_INFINITY)
  return rows.map((row) => layout.line(row))
}
