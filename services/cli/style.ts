import type { CliIo } from './cli-io.ts'

type Paint = (text: string) => string

/** How words are made to stand out. Colour never says anything that the words do not. */
export interface Style {
  readonly good: Paint
  readonly bad: Paint
  readonly warn: Paint
  readonly strong: Paint
  readonly faint: Paint
}

const same: Paint = (text) => text

/** No colours at all. */
export const plainStyle: Style = { good: same, bad: same, warn: same, strong: same, faint: same }

const colours: Style = {
  good: sgr(32),
  bad: sgr(31),
  warn: sgr(33),
  strong: sgr(1),
  faint: sgr(2),
}

/** Colours on a terminal only, and not when NO_COLOR (no-color.org) or TERM=dumb ask for none. */
export function styleFor({ terminal, env }: Pick<CliIo, 'terminal' | 'env'>): Style {
  const wanted = terminal !== undefined && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return wanted ? colours : plainStyle
}

/** Select Graphic Rendition (ECMA-48 section 8.3.117). */
function sgr(code: number): Paint {
  return (text) => (text === '' ? '' : `\u001b[${code}m${text}\u001b[0m`)
}
