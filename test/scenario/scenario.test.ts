import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runScenario } from '../support/scenario.ts'

const folder = new URL('.', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))

/** REWRITE=1 writes what the scenarios print into their files; commit only what you can explain. */
test.for(files)('%s is what happens', (file) => {
  const path = new URL(file, folder)
  const source = readFileSync(path, 'utf8')
  const actual = runScenario(source)
  if (process.env['REWRITE'] === '1') writeFileSync(path, actual)
  else expect(actual).toBe(source)
})

test('a scenario whose transcript is wrong is found out', () => {
  const source = 'service web tcp/192.0.2.10:80 wlc\nstart\n----\nnothing\n'
  expect(runScenario(source)).not.toBe(source)
})
