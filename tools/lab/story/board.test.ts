import { expect, test } from 'vitest'
import { Board, rowText } from './board.ts'

const progress = (done: number, phase = 'restore') => ({ phase, done, total: 100, rate: 31_200_000, secondsLeft: 4.2 })

function board(isTTY: boolean): { board: Board; text: () => string } {
  let text = ''
  return { board: new Board({ isTTY, columns: 60, write: (more) => (text += more) }), text: () => text }
}

test('a row says what, how far, how fast and how long', () => {
  expect(rowText({ name: 'pc-02', text: 'restore', progress: progress(61) }))
    .toMatch(/^pc-02 {2}restore +restore 61 % +31\.2 MB\/s +5 s left$/)
  expect(rowText({ name: 'pc-02', text: 'boot …' })).toBe('pc-02  boot …')
})

test('a log gets a line at each quarter, not for each sample', () => {
  const { board: log, text } = board(false)
  for (let done = 0; done <= 100; done++) log.update({ name: 'pc-02', text: 'restore', progress: progress(done) })
  expect(text().trim().split('\n')).toHaveLength(5)
  expect(text()).not.toContain('\x1b')
})

test('two computers do not make each other’s lines news', () => {
  const { board: log, text } = board(false)
  for (let time = 0; time < 3; time++) {
    log.update({ name: 'pc-01', text: 'boot …' })
    log.update({ name: 'pc-02', text: 'boot …' })
  }
  expect(text()).toBe('pc-01  boot …\npc-02  boot …\n')
})

test('a terminal is redrawn in place, and what is said goes above', () => {
  const { board: terminal, text } = board(true)
  terminal.update({ name: 'pc-01', text: 'a' })
  terminal.update({ name: 'pc-02', text: 'b' })
  expect(text()).toBe('pc-01  a\n\x1b[1A\x1b[Jpc-01  a\npc-02  b\n')
  terminal.say('news')
  expect(text()).toMatch(/\x1b\[2A\x1b\[Jnews\npc-01 {2}a\npc-02 {2}b\n$/)
  terminal.end()
  terminal.say('below')
  expect(text()).toMatch(/pc-02 {2}b\nbelow\n$/)
})

test('a row is never wider than the terminal, or redrawing would lose count', () => {
  const { board: terminal, text } = board(true)
  terminal.update({ name: 'pc-01', text: 'x'.repeat(200) })
  expect(text().trimEnd()).toHaveLength(59)
})
