import { runCommand } from './scenario-commands.ts'
import { createScenarioWorld, replay } from './scenario-world.ts'

/**
 * Runs a scenario: commands, `----`, the complete transcript that they produce, an empty line.
 * Lines that begin with `#` are prose. Returns the file as it would have to be for every
 * expectation to hold, so that comparing it with the file is the test.
 */
export function runScenario(source: string): string {
  const world = createScenarioWorld()
  const written: string[] = []
  let commands: string[] = []
  let isExpectation = false
  for (const line of source.trimEnd().split('\n')) {
    if (isExpectation && line !== '') continue
    isExpectation = line === '----'
    if (isExpectation) {
      const said = commands.flatMap((command) => runCommand(world, command))
      written.push(...commands, line, ...(said.length === 0 ? ['nothing'] : said))
      commands = []
    } else if (line !== '' && !line.startsWith('#')) commands.push(line)
    else if (commands.length > 0) throw new Error(`no ---- after: ${commands.join(', ')}`)
    else written.push(line)
  }
  if (commands.length > 0) throw new Error(`no ---- after: ${commands.join(', ')}`)
  replay(world)
  return `${written.join('\n')}\n`
}
