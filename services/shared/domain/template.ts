/** What a template may name. */
export const PLACEHOLDERS = [
  'subject',
  'text',
  'cluster',
  'kind',
  'severity',
  'incident',
  'level',
  'services',
  'servers',
  'causes',
  'since',
  'until',
  'duration',
  'time',
  'ack',
  'links',
] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g

/** The first placeholder of a template that nothing is known about. */
export function unknownPlaceholder(template: string): string | undefined {
  const names = [...template.matchAll(PLACE)].map(([, name = '']) => name)
  return names.find((name) => !isPlaceholder(name))
}

/**
 * Fills a template in. Nothing but names is looked up and nothing in a value is looked at again, so
 * neither a template nor what is said can do anything; `makeSafe` makes a value safe where it goes.
 */
export function fillTemplate(
  template: string,
  values: Readonly<Record<Placeholder, string>>,
  makeSafe: (text: string) => string = (text) => text,
): string {
  return template.replaceAll(PLACE, (written, name: string) =>
    isPlaceholder(name) ? makeSafe(values[name]) : written,
  )
}

function isPlaceholder(name: string): name is Placeholder {
  const known: readonly string[] = PLACEHOLDERS
  return known.includes(name)
}
