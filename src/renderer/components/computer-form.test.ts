import { describe, expect, test } from 'vitest'
import { ClassroomId } from '#shared/domain/ids.ts'
import { classroom, computer } from '../testing/rows.ts'
import { checkComputer, type CheckedComputer } from './computer-form.ts'

const check = (name: string, macs: string, changes = {}): CheckedComputer =>
  checkComputer({ name, macs }, { classroom: classroom.id, computers: [computer(1), computer(2)], ...changes })

test('MACs as people write them become those that the console keeps, each once', () => {
  expect(check(' PC-09 ', '52-54-00-00-00-0A, 52:54:00:00:00:0a\n52:54:00:00:00:0b;')).toEqual({
    facts: { name: 'pc-09', macs: ['52:54:00:00:00:0a', '52:54:00:00:00:0b'] },
  })
})

describe('what is wrong is said of its field', () => {
  test.each([
    ['nothing typed', '', '', { name: { reason: 'form' }, macs: { reason: 'none' } }],
    ['an accent in the name', 'aulá', '52:54:00:00:00:0a', { name: { reason: 'form' } }],
    ['a name that is taken, whatever the MAC', 'pc-01', '52:54', { name: { reason: 'taken', name: 'pc-01' }, macs: { reason: 'form', text: '52:54' } }],
    ['the first MAC that is none', 'pc-09', '52:54:00:00:00:0a 52:54 x', { macs: { reason: 'form', text: '52:54' } }],
    ['more cards than the console keeps', 'pc-09', Array.from({ length: 9 }, (_, n) => `52:54:00:00:01:0${n}`).join(' '), { macs: { reason: 'too-many' } }],
    ['a name and a card that another has', 'PC-01', '52:54:00:00:00:0a 52-54-00-00-00-01',
      { name: { reason: 'taken', name: 'pc-01' }, macs: { reason: 'taken', mac: '52:54:00:00:00:01', owner: 'pc-01' } }],
  ])('%s', (_, name, macs, problems) => {
    expect(check(name, macs)).toEqual({ problems })
  })

  test('a name is free in another classroom, a card is not', () => {
    const elsewhere = { classroom: ClassroomId.parse(2) }
    expect(check('pc-01', '52:54:00:00:00:0a', elsewhere)).toHaveProperty('facts')
    expect(check('pc-09', '52:54:00:00:00:01', elsewhere)).toHaveProperty('problems.macs.owner', 'pc-01')
  })

  test('what a computer has is no trouble to itself', () => {
    const self = { self: computer(1).id }
    expect(check('pc-01', '52:54:00:00:00:01 52:54:00:00:00:0a', self)).toHaveProperty('facts.macs', ['52:54:00:00:00:01', '52:54:00:00:00:0a'])
    expect(check('pc-02', '52:54:00:00:00:02', self)).toEqual({
      problems: { name: { reason: 'taken', name: 'pc-02' }, macs: { reason: 'taken', mac: '52:54:00:00:00:02', owner: 'pc-02' } },
    })
  })
})
