import type { Changed } from '../../shared/wire/api.ts'
import type { RealServerStatus, Status } from '../../shared/wire/status.ts'
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

/** What the kernel makes of a drain, and whose word this order replaces. */
export function remarkLines({ changed }: Changed): readonly string[] {
  return changed.flatMap(({ service, server, replaced, remarks = [] }) => [
    ...(replaced === undefined ? [] : [`${service}/${server}  this replaces ${replaced}`]),
    ...remarks.map((remark) => `${service}/${server}  ${remark}`),
  ])
}

/** Services of this order that have no real server left for new clients. */
export function emptiedLines(status: Status, { changed }: Changed): readonly string[] {
  const touched = new Set(changed.map(({ service }) => service))
  return status.services
    .filter(({ name, realServers }) => touched.has(name) && !realServers.some(isServing))
    .map(({ name, sorryServer }) => {
      const instead =
        sorryServer === undefined
          ? 'and it has no sorry server'
          : `its sorry server ${sorryServer.address} answers`
      return `CAREFUL: ${name} has no real server left for new clients, ${instead}`
    })
}

function isServing({ weight }: RealServerStatus): boolean {
  return weight.effective > 0
}
