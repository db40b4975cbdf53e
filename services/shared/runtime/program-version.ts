import { readFileSync } from 'node:fs'

/** From a source file and from a compiled one the way to the package is not as long. */
const PLACES = ['../../../package.json', '../../../../package.json']

/** The version of the package that this program is from; `unknown` where it was taken out of it. */
export function programVersion(): string {
  for (const place of PLACES) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), 'utf8')
      const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown }
      if (name === 'lvs-warden' && typeof version === 'string') return version
    } catch {
      // Not there: the next place.
    }
  }
  return 'unknown'
}
