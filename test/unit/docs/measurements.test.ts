import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MEASUREMENT_NAMES, measurementSpec } from '../../../services/shared/domain/measurements.ts'

const page = new URL('../../../docs/reference/measurements.md', import.meta.url)
const HEAD = `# Measurements

What the historian writes, into InfluxDB or into its local files. Made from \`services/shared/domain/measurements.ts\` by \`npm run docs\`.

- Names are singular. Tags are names of the cluster file and fixed words only, so the number of series grows with the file and with
  nothing else. What has no name in the file is not written.
- *Samples* are rolled up as they age: **mean**, **sum** and **max** keep the field's name when they are the only or first roll-up;
  a second one is called \`latency_ms_max\`. *Events* are kept one by one, in the retention policy \`event\`.
- Times are those of what happened: a run's end, a report, an event. Events of one millisecond are kept apart by the microseconds.
`

function render(): string {
  const parts = MEASUREMENT_NAMES.map((name) => {
    const { help, kind, tags, fields } = measurementSpec(name)
    return [
      `## ${name}`,
      `${help[0]?.toUpperCase()}${help.slice(1)}. ${kind === 'event' ? 'Events.' : 'Samples.'}`,
      table(
        ['tag', 'meaning'],
        Object.entries(tags).map(([tag, meaning]) => [`\`${tag}\``, meaning]),
      ),
      table(
        ['field', 'type', 'unit', 'roll-ups', 'meaning'],
        Object.entries(fields).map(([field, { type, unit, rollUps, help: about }]) => [
          `\`${field}\``,
          type,
          unit,
          rollUps.join(', '),
          about,
        ]),
      ),
    ].join('\n\n')
  })
  return `${[HEAD.trim(), ...parts].join('\n\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

test('docs/reference/measurements.md names every measurement, tag and field (npm run docs)', () => {
  if (process.env['REWRITE'] === '1') writeFileSync(page, render())
  expect(readFileSync(page, 'utf8')).toBe(render())
})
