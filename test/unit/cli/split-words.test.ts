import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitWords } from '../../../services/cli/split-words.ts'

test.each([
  ['ssh web1 reboot', ['ssh', 'web1', 'reboot']],
  ['  ssh   web1\t', ['ssh', 'web1']],
  ['sh -c "a; b  c"', ['sh', '-c', 'a; b  c']],
  ['sh -c \'it "is" $HOME\'', ['sh', '-c', 'it "is" $HOME']],
  ['a\\ b "c\\"d" "e\\n"', ['a b', 'c"d', 'e\\n']],
  ['x"y z"w', ['xy zw']],
  ['a "" b', ['a', '', 'b']],
  [
    '$(reboot) `x` *.conf && y | z > w',
    ['$(reboot)', '`x`', '*.conf', '&&', 'y', '|', 'z', '>', 'w'],
  ],
  ['', []],
])('%s is the words %j', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})

test.each(['a "b', "a 'b", '"'])('%s has a quote without its end', (line) => {
  expect(() => splitWords(line)).toThrow('has no end')
})

test('words in single quotes come back as they are', () => {
  const word = fc.string().map((text) => text.replaceAll("'", ''))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(splitWords(words.map((each) => `'${each}'`).join(' '))).toEqual(words)
    }),
  )
})
