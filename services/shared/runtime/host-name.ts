import { hostname } from 'node:os'

/** What a process is called when nobody says otherwise: the host's name, without its domain. */
export function nameOfHost(fallback: string, host = hostname()): string {
  const [first = ''] = host.split('.')
  // Names go into subjects of the bus, where a dot would split them.
  const name = first.replace(/[^A-Za-z0-9_-]/g, '-').replace(/^[-_]+/, '')
  return name.slice(0, MAX_NAME_CHARACTERS) || fallback
}

const MAX_NAME_CHARACTERS = 63
