/** One thing to say about a cluster file, with the place in it. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'advice'
  /** Stable kebab-case name of the rule: `unknown-key`, `weight-out-of-range`. */
  readonly rule: string
  /** Name of the file as it was given. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** `virtualServices.web.realServers.web1.weight`; empty for the file as a whole. */
  readonly path: string
  /** What was wanted, what was got, what to do. One line. */
  readonly message: string
}

/**
 * `cluster.yaml:10:45: error: virtualServices.web.scheduler: … [unknown-scheduler]`, as editors and
 * grep read it: one line without a line end.
 */
export function formatFinding(finding: Finding): string {
  const { file, line, column, path, severity, message, rule } = finding
  const where = path === '' ? '' : `${path}: `
  return `${file}:${line}:${column}: ${severity}: ${where}${message} [${rule}]`
}

/** Where a value stands: keys of mappings and indexes of sequences, from the root. */
export type Path = readonly (string | number)[]

/** `checks[0].port` for `['checks', 0, 'port']`. */
export function formatPath(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += text === '' ? part : `.${part}`
  }
  return text
}
