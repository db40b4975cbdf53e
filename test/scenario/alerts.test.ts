import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runTimeline } from '../support/alert-timeline.ts'

const FOLDER = new URL('./alerts/', import.meta.url)

describe('alerts', () => {
  for (const file of readdirSync(FOLDER).sort()) {
    test(file.replace('.txt', '').replaceAll('-', ' '), async () => {
      expect(await runTimeline(readFileSync(new URL(file, FOLDER), 'utf8'))).toEqual([])
    })
  }
})
