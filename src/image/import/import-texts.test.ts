import { describe, expect, test } from 'vitest'
import type { Language } from '#shared/i18n/index.ts'
import { importNoteText, refusalText } from './import-texts.ts'
import type { ImportNote, Refusal } from './problem.ts'

const LANGUAGES: readonly Language[] = ['es', 'en']

/** One of each kind: TypeScript says when one is missing. */
const NOTES: { [K in ImportNote['kind']]: Extract<ImportNote, { kind: K }> } = {
  otherDisk: { kind: 'otherDisk', disk: 'd2' },
  lvm: { kind: 'lvm', partition: 'd1p3', files: [] },
  luks: { kind: 'luks', partition: 'sda5', files: [] },
  notSaved: { kind: 'notSaved', partition: 'd1p4' },
  swapWithoutIdentity: { kind: 'swapWithoutIdentity', partition: 'sda6' },
  diskSizeGuessed: { kind: 'diskSizeGuessed' },
  noBootCode: { kind: 'noBootCode' },
  logicalBootCode: { kind: 'logicalBootCode', file: 'sda2-ebr' },
  partitionsOnly: { kind: 'partitionsOnly' },
  firmwareEntries: { kind: 'firmwareEntries' },
  lastMegabyteOnly: { kind: 'lastMegabyteOnly', file: 'Win10.img' },
  noSums: { kind: 'noSums' },
  noBlockChecksums: { kind: 'noBlockChecksums', partition: 1 },
  blockByBlock: { kind: 'blockByBlock', partition: 2, content: 'MINIX' },
  otherVersions: { kind: 'otherVersions', file: 'Win10.img.ant' },
  otherBootSector: { kind: 'otherBootSector', file: 'Win10.mbr' },
  otherFiles: { kind: 'otherFiles', files: ['extra'], more: 0 },
  declaredSize: { kind: 'declaredSize', bytes: 6_000_000 * 1024 },
}

/** Likewise; what each says to do, where there is something to do. */
const REFUSALS: Record<Refusal, { es: RegExp; en: RegExp }> = {
  encrypted: { es: /captúrela/, en: /capture that/ },
  lrzip: { es: /lrzip -d/, en: /lrzip -d/ },
  notLegacy: { es: /partclone.*FOG.*Clonezilla/, en: /partclone.*FOG.*Clonezilla/ },
  notThisFormat: { es: /formato/, en: /format/ },
  ntfsclone: { es: /captúrela/, en: /capture that/ },
  partimage: { es: /captúrela/, en: /capture that/ },
  bootSector: { es: /importe las imágenes.*\.img/, en: /import the images.*\.img/ },
  differential: { es: /capture la partición/, en: /capture the partition/ },
  locked: { es: /espere/, en: /wait/ },
  missingPart: { es: /falta/, en: /missing/ },
  nothingInside: { es: /ninguna/, en: /none/ },
  noTable: { es: /--format partclone/, en: /--format partclone/ },
  unknownTable: { es: /tabla/, en: /table/ },
  smallPartition: { es: /necesita 2,1 MB.*tiene 1 MB/, en: /needs 2.1 MB.*has 1 MB/ },
  unsafeName: { es: /carpeta/, en: /folder/ },
  notAFile: { es: /fichero/, en: /file/ },
  wrongSum: { es: /suma/, en: /checksum/ },
  tooLarge: { es: /grande/, en: /large/ },
}

test.each(Object.values(NOTES))('$kind has a sentence of its own in each language', (note) => {
  const [es, en] = LANGUAGES.map((language) => importNoteText(note, language))
  expect(es).not.toBe(en)
  for (const text of [es, en]) {
    expect(text).toMatch(/^\S.*\.$/)
    expect(text).not.toMatch(/undefined|NaN|object/)
  }
  const named = 'partition' in note ? note.partition : 'file' in note ? note.file : 'disk' in note ? note.disk : ''
  expect(es).toContain(String(named))
})

describe('what is in a sentence', () => {
  test('files that can be imported alone, or what to do where there are none', () => {
    const note: ImportNote = { kind: 'lvm', partition: 'd1p3', files: ['d1p3.root.img', 'd1p3.home.img'] }
    expect(importNoteText(note, 'es')).toContain('(--format partclone): d1p3.root.img, d1p3.home.img.')
    expect(importNoteText({ ...note, files: [] }, 'en')).toContain('capture it')
  })

  test('how many files there are besides those that are named, without what a terminal obeys', () => {
    const note: ImportNote = { kind: 'otherFiles', files: ['a\u001b[31m', 'b'], more: 7 }
    expect(importNoteText(note, 'es')).toBe('No se han importado: a?[31m, b y 7 más.')
    expect(importNoteText(note, 'en')).toBe('Not imported: a?[31m, b and 7 more.')
  })

  test('what an image calls a filesystem that is not known, if it does', () => {
    const note: ImportNote = { kind: 'blockByBlock', partition: 2, content: 'MINIX' }
    expect(importNoteText(note, 'es')).toContain('(MINIX)')
    expect(importNoteText({ ...note, content: '' }, 'es')).not.toContain('(')
  })
})

test.each(Object.entries(REFUSALS))('a refusal for %s says what it is, and what to do', (reason, expected) => {
  const params = { reason, file: 'Win10.img', needed: 2 * 1024 * 1024, available: 1024 * 1024 }
  for (const language of LANGUAGES) {
    const text = refusalText(params, language)
    expect(text).toMatch(/^Win10\.img: /)
    expect(text).toMatch(expected[language])
  }
})

test('what is no refusal has no sentence here', () => {
  for (const reason of ['toString', 'other', undefined]) expect(refusalText({ reason: String(reason) }, 'es')).toBeUndefined()
})
