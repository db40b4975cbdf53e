import { suggestKey } from '../domain/nearest-key.ts'
import type { ServiceDraft } from './draft-file.ts'
import type { WrittenFile } from './file-schema.ts'
import type { FindingList } from './finding-list.ts'
import { given } from './levels.ts'
import type { ResolveContext } from './resolve-server.ts'
import { quote } from './values.ts'

/** Every director that the file names; `undefined` where it leaves that to who reports. */
export function resolveDirectors(
  { directors }: WrittenFile,
  findings: FindingList,
): readonly string[] | undefined {
  if (directors === undefined) return undefined
  const names = Object.keys(directors)
  if (names.length === 0) {
    const message = 'wanted at least one director; without this key whoever reports is one'
    findings.error({ path: ['directors'], rule: 'no-directors', message })
  }
  return names
}

/** The directors that serve a service; where the file names directors, another name is a slip. */
export function resolveServiceDirectors(
  draft: ServiceDraft,
  { file, findings, isGiven, membersOf }: ResolveContext,
): readonly string[] | undefined {
  const setting = given([draft, draft.defaults], 'directors')
  if (setting === undefined) return undefined
  const { value: names, path } = setting
  if (names.length === 0) {
    const message = 'wanted at least one director; without this key all of them serve it'
    findings.error({ path, rule: 'no-directors', message })
  }
  for (const [index, name] of names.entries()) {
    const place = [...path, index]
    if (names.indexOf(name) < index) {
      const message = `${name} is in this list already`
      findings.error({ path: place, rule: 'duplicate-director', message })
    }
    if (file.directors === undefined || isGiven(['directors', name])) continue
    const suggestion = suggestKey(name, membersOf(['directors']))
    const message = `${quote(name)} is not in directors at the top${suggestion}`
    findings.error({ path: place, rule: 'unknown-director', message })
  }
  return [...new Set(names)]
}

/** A director without any service would be given an empty table. */
export function warnOfIdleDirectors(
  directors: readonly string[] | undefined,
  services: readonly { readonly directors?: readonly string[] }[],
  findings: FindingList,
): void {
  for (const name of directors ?? []) {
    if (services.some((service) => service.directors?.includes(name) ?? true)) continue
    const message = `no virtual service is served by ${name}`
    findings.warn({ path: ['directors', name], rule: 'unused-director', message, atKey: true })
  }
}
