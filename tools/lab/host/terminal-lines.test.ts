import { expect, test } from 'vitest'
import { TerminalLines } from './terminal-lines.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

test('a line that comes in pieces is one line', () => {
  const lines = new TerminalLines()
  expect(lines.push(bytes('Welcome to '))).toEqual([])
  expect(lines.push(bytes('GRUB!\r\nnext'))).toEqual(['Welcome to GRUB!'])
  expect(lines.flush()).toEqual(['next'])
  expect(lines.flush()).toEqual([])
})

test('colours, cursor moves and control characters go, empty lines too', () => {
  const screen = '\x1b[2J\x1b[01;01H\x1b[0;37;40mBdsDxe: loading\x1b[0m\x1b(B\r\n\x1b[K\r\n\x07\tindented\n'
  expect(new TerminalLines().push(bytes(screen))).toEqual(['BdsDxe: loading', '\tindented'])
})

test('a character that is cut in two is not spoilt', () => {
  const lines = new TerminalLines()
  const text = bytes('contraseña\n')
  expect([...lines.push(text.subarray(0, 9)), ...lines.push(text.subarray(9))]).toEqual(['contraseña'])
})

test('firmware that never ends a line does not fill the memory', () => {
  const lines = new TerminalLines()
  expect(lines.push(bytes('x'.repeat(5000)))).toEqual(['x'.repeat(5000)])
})
