import type { Path } from './finding.ts'

/** One place that may give a setting: a real server, its service, `defaults`. */
export interface Level<Settings extends object> {
  readonly settings: Settings
  readonly path: Path
}

/** A setting with the place that gave it. */
export interface Given<Value> {
  readonly value: Value
  readonly path: Path
}

/** The first level, nearest first, that gives this key. */
export function given<Settings extends object, Key extends keyof Settings & string>(
  levels: readonly Level<Settings>[],
  key: Key,
): Given<NonNullable<Settings[Key]>> | undefined {
  for (const { settings, path } of levels) {
    const value = settings[key]
    if (value !== undefined && value !== null) return { value, path: [...path, key] }
  }
  return undefined
}
