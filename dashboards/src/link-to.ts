import type { Override } from './panels.ts'

/** Where the real servers' dashboard is. */
export const UIDS = {
  overview: 'lvs-overview',
  service: 'lvs-virtual-service',
  server: 'lvs-real-server',
  director: 'lvs-director',
  probers: 'lvs-probers',
  alerts: 'lvs-alerts',
  health: 'lvs-monitor',
} as const

/** Makes the cells of a column of a table links; `variables` names columns by variable. */
export function linkColumn(
  column: string,
  uid: string,
  variables: Readonly<Record<string, string>>,
): Override {
  const query = Object.entries(variables)
    .map(([name, from]) => `var-${name}=\${__data.fields.${from}}`)
    .join('&')
  const url = `/d/${uid}?${query}&\${__url_time_range}`
  return {
    matcher: { id: 'byName', options: column },
    properties: [{ id: 'links', value: [{ title: 'Show', url, targetBlank: false }] }],
  }
}
