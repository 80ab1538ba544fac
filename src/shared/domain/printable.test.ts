import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test.each([
  ['Latitude 5420 · «Ñandú» 日本 ✗', 'Latitude 5420 · «Ñandú» 日本 ✗'],
  ['\u001b[2J\u001b]0;title\u0007x', '\ufffd[2J\ufffd]0;title\ufffdx'],
  ['one\r\ntwo\ttab', 'one\ufffd\ufffdtwo\ufffdtab'],
  ['\u009b31mred\u007f', '\ufffd31mred\ufffd'],
  ['pc\u202e10-', 'pc\ufffd10-'],
])('%j', (text, shown) => {
  expect(printable(text)).toBe(shown)
})
