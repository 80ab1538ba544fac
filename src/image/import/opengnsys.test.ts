import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeDecoder, isCorruptImage } from '../../../tests/support/codec-suite.ts'
import { planOpengnsys } from './opengnsys.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-opengnsys-'))
  await writeFile(join(folder, 'image.img'), '')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What an image is said to be by the file of an ending beside it. */
async function planned(ending: string, content: Uint8Array | string) {
  const path = join(folder, `image.img${ending}`)
  await writeFile(path, content)
  const plan = await planOpengnsys(join(folder, 'image.img'))
  await rm(path)
  return plan
}

const host = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/)
const kib = fc.nat(2 ** 31)
const info = fc.tuple(kib, host, fc.constantFrom('', ' ', '\n')).map(([size, name, gap]) => `partclone:lzop:${gap}EXTFS:${size}:${name}\n`)

test('an image’s .info says its size and where it was made', async () => {
  await fc.assert(fc.asyncProperty(kib, host, async (size, name) => {
    const { source, notes } = await planned('.info', `partclone:lzop:EXTFS:${size}:${name}\n`)
    expect(source).toBe(`OpenGnsys: image.img (${name})`)
    expect(notes).toContainEqual({ kind: 'declaredSize', bytes: size * 1024 })
  }), { numRuns: 30 })
})

describeDecoder('.info of OpenGnsys', {
  decode: (bytes) => planned('.info', bytes),
  samples: info.map((text) => Buffer.from(text)),
  refuses: () => false,
  checkSound: ({ source, notes }) => {
    if (!/^OpenGnsys: image\.img( \([\w.-]{1,64}\))?$/.test(source)) throw new Error(source)
    for (const note of notes) if (note.kind === 'declaredSize' && !Number.isSafeInteger(note.bytes)) throw new Error(`${note.bytes}`)
  },
  // A file is read into a MiB.
  room: 8 * 1024 * 1024,
  runs: 200,
})

describeDecoder('.sum of OpenGnsys', {
  decode: (bytes) => planned('.full.sum', bytes),
  samples: fc.stringMatching(/^[0-9a-f]{32}$/).map((sum) => Buffer.from(`${sum}  image.img\n`)),
  refuses: isCorruptImage,
  checkSound: ({ sums }) => {
    for (const { sum } of sums) if (!/^[0-9a-f]{32}$/.test(sum)) throw new Error(sum)
  },
  room: 8 * 1024 * 1024,
  runs: 200,
})
