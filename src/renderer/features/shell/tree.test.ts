import { describe, expect, test } from 'vitest'
import { ClassroomId, GroupId } from '#shared/domain/ids.ts'
import { classroom, computer, site } from '../../testing/rows.ts'
import { treeKey } from './tree-keys.ts'
import { treeNodes, visibleNodes } from './tree-nodes.ts'

const group = (id: number, name: string, parent?: number) => ({
  id: GroupId.parse(id), classroomId: classroom.id, name, ...(parent !== undefined && { parentId: GroupId.parse(parent) }),
})
const nodes = treeNodes({
  sites: [site],
  classrooms: [{ ...classroom, id: ClassroomId.parse(2), name: 'Aula 10' }, { ...classroom, name: 'Aula 2' }],
  groups: [group(1, 'Filas'), group(2, 'Fila 1', 1)],
  computers: [computer(2), computer(1, { groupId: GroupId.parse(2) })],
})
const open = new Set<string>()

test('site, classrooms in natural order, groups before computers, nested', () => {
  expect(visibleNodes(nodes, open).map(({ label, level }) => `${level} ${label}`)).toEqual([
    '1 Facultad', '2 Aula 2', '3 Filas', '4 Fila 1', '5 pc-01', '3 pc-02', '2 Aula 10',
  ])
})

test('what is inside a collapsed node is out of sight', () => {
  expect(visibleNodes(nodes, new Set(['#/classroom/1'])).map(({ label }) => label)).toEqual(['Facultad', 'Aula 2', 'Aula 10'])
})

describe('keys', () => {
  const press = (key: string, at: string, collapsed = open) => treeKey(key, visibleNodes(nodes, collapsed), collapsed, at)

  test.each([
    ['ArrowDown', '#/classroom/1', { focus: '#/group/1' }],
    ['ArrowUp', '#/group/1', { focus: '#/classroom/1' }],
    ['ArrowUp', 'site/1', { focus: 'site/1' }],
    ['ArrowRight', '#/classroom/1', { focus: '#/group/1' }],
    ['ArrowRight', '#/computer/1', {}],
    ['ArrowLeft', '#/computer/1', { focus: '#/group/2' }],
    ['ArrowLeft', '#/classroom/1', { toggle: '#/classroom/1' }],
    ['Home', '#/computer/2', { focus: 'site/1' }],
    ['End', 'site/1', { focus: '#/classroom/2' }],
    ['Enter', 'site/1', { toggle: 'site/1' }],
    ['a', 'site/1', undefined],
  ])('%s on %s', (key, at, move) => expect(press(key, at)).toEqual(move))

  test('right opens what is closed; Enter goes to the screen', () => {
    const collapsed = new Set(['#/classroom/1'])
    expect(press('ArrowRight', '#/classroom/1', collapsed)).toEqual({ toggle: '#/classroom/1' })
    expect(press('Enter', '#/classroom/1')).toEqual({ go: { name: 'classroom', id: 1 }, focus: '#/classroom/1' })
  })
})
