import { describe, expect, test } from 'vitest'
import { noteText, type SourceNote } from './notes.ts'

const path = '/dev/sda2'
const NOTES: SourceNote[] = [
  { kind: 'cleaned', path, files: 12, bytes: 5e9 },
  { kind: 'notCleaned', path, problem: 'mount ended with 32' },
  { kind: 'shrunk', path, from: 20e9, to: 2e9 },
  { kind: 'released', path, size: 20e9 },
  ...(['full', 'unsupported', 'failed', 'journal', 'memory', 'root'] as const).map((why) => ({ kind: 'notShrunk' as const, path, why })),
  { kind: 'everySector', path, why: 'multiDevice' },
  { kind: 'everySector', path, why: 'features' },
  { kind: 'broughtBack', path, from: 2e9, to: 20e9 },
]

describe('noteText', () => {
  test.each(NOTES)('names the place, in both languages: %j', (note) => {
    const texts = [noteText(note, 'es'), noteText(note, 'en')]
    for (const text of texts) expect(text).toMatch(/^\/dev\/sda2: .{10}/)
    expect(texts[0]).not.toBe(texts[1])
    expect(texts.join('')).not.toContain('undefined')
  })

  test('shows sizes and causes', () => {
    expect(noteText({ kind: 'shrunk', path, from: 20e9, to: 2e9 }, 'en'))
      .toBe('/dev/sda2: shrunk from 20 GB to 2 GB while it is captured, which is what a target will need')
    expect(noteText({ kind: 'cleaned', path, files: 12, bytes: 5e9 }, 'es')).toContain('12 eliminados, 5 GB liberados')
    expect(noteText({ kind: 'notShrunk', path, why: 'failed', problem: 'resize2fs ended with 1' }, 'es')).toContain('(resize2fs ended with 1)')
  })
})
