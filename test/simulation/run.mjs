// `npm run sim -- --seed N --hours H`: runs a cluster on a clock of its own with everything that can
// go wrong, by seed. The same seed and hours give the same run, to the byte, and so the same hash.
import { register } from 'node:module'
import { parseArgs } from 'node:util'
import { ensureInstalled, exitWith } from '../../services/standalone/bootstrap.mjs'

try {
  ensureInstalled()
  await main()
} catch (error) {
  exitWith(error)
}

async function main() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      hours: { type: 'string', default: '24' },
      trace: { type: 'boolean', default: false },
    },
  })
  const seed = numberOf('--seed', values.seed)
  const hours = numberOf('--hours', values.hours)
  register('../bench/load-typescript.mjs', import.meta.url)
  const { simulate } = await import('./simulation.ts')
  console.log(`seed ${seed}, ${hours} hours`)
  const { violations, recent, ...outcome } = await simulate(seed, hours)
  console.log(JSON.stringify(outcome, undefined, 2))
  if (violations.length === 0) return
  if (values.trace) for (const line of recent) console.log(line)
  for (const violation of violations) console.log(violation)
  process.exitCode = 1
}

function numberOf(option, text) {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number) && number >= 0) return number
  throw new Error(`${option}: wanted a number, got ${text}`)
}
