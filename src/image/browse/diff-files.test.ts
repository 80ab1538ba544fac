import { expect, test } from 'vitest'
import { compareTrees } from './diff-files.ts'
import type { TreeEntry } from './tree.ts'

const entry = (path: string, other: Partial<TreeEntry> = {}): TreeEntry =>
  ({ path, kind: 'f', size: 1, modified: '1.5', mode: '644', owner: '0:0', target: '', ...other })
const tree = (...entries: TreeEntry[]) => new Map(entries.map((each) => [each.path, each]))

test('names are compared by what is known of them without reading', () => {
  const before = tree(entry('same'), entry('gone'), entry('touched'), entry('longer'), entry('folder', { kind: 'd' }), entry('link', { kind: 'l', target: 'a' }), entry('kind'), entry('mode'), entry('owner'))
  const after = tree(entry('same'), entry('touched', { modified: '2' }), entry('longer', { size: 2 }), entry('folder', { kind: 'd', modified: '9', size: 9 }), entry('link', { kind: 'l', target: 'b' }), entry('kind', { kind: 'd' }), entry('mode', { mode: '600' }), entry('owner', { owner: '1:0' }), entry('new'))
  expect(compareTrees(before, after).map(({ change, path }) => `${change} ${path}`)).toEqual([
    'removed gone', 'changed kind', 'changed link', 'changed longer', 'changed mode', 'added new', 'changed owner', 'changed touched',
  ])
  expect(compareTrees(before, before)).toEqual([])
})
