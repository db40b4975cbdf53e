/** A real server in all its services, or in one. */
export interface ServerTarget {
  readonly server: string
  readonly service?: string
}

/** `web1`, or `web/web1` where it is meant in one service only. */
export function formatTarget({ server, service }: ServerTarget): string {
  return service === undefined ? server : `${service}/${server}`
}

/** Reads what `formatTarget` writes. */
export function parseTarget(text: string): ServerTarget {
  const slash = text.indexOf('/')
  if (slash < 0) return { server: text }
  return { service: text.slice(0, slash), server: text.slice(slash + 1) }
}
