import { describe, expect, test } from 'vitest'
import { plainStyle, styleFor } from '../../../services/cli/style.ts'

const terminal = { columns: () => 80, rows: () => 24, onKey: () => () => undefined }

describe('styleFor', () => {
  test('a terminal gets colours', () => {
    expect(styleFor({ terminal, env: {} }).bad('down')).toBe('\u001b[31mdown\u001b[0m')
  })

  test.each([
    ['a pipe', { env: {} }],
    ['NO_COLOR', { terminal, env: { NO_COLOR: '1' } }],
    ['a dumb terminal', { terminal, env: { TERM: 'dumb' } }],
  ])('%s gets none', (_, io) => {
    expect(styleFor(io)).toBe(plainStyle)
  })

  test('an empty NO_COLOR says nothing', () => {
    expect(styleFor({ terminal, env: { NO_COLOR: '' } })).not.toBe(plainStyle)
  })
})
