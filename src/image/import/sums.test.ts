import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeDecoder, isCorruptImage } from '../../../tests/support/codec-suite.ts'
import { parseSums, SUM_DIGITS, type SumAlgorithm } from './sums.ts'

const algorithm = fc.constantFrom(...Object.keys(SUM_DIGITS) as SumAlgorithm[])
const sumOf = (kind: SumAlgorithm) => fc.stringMatching(new RegExp(`^[0-9a-f]{${SUM_DIGITS[kind]}}$`))
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,30}[A-Za-z0-9]$/)

test('lists of sums come back, as md5sum and its kin write them', () => {
  const lists = algorithm.chain((kind) => fc.tuple(fc.constant(kind), fc.array(fc.record({ name, sum: sumOf(kind) }), { maxLength: 8 })))
  fc.assert(fc.property(lists, fc.constantFrom('  ', ' *'), fc.constantFrom('', './'), fc.boolean(), ([kind, list], between, folder, capitals) => {
    const lines = list.map(({ name, sum }) => `${capitals ? sum.toUpperCase() : sum}${between}${folder}${name}\n`)
    expect(parseSums(`# made by a test\n${lines.join('\n')}`, kind)).toEqual(list)
  }))
})

test.each(['', '.', '..', './', '../sda1.img', 'a/b', 'a\\b', '/etc/passwd'])('a sum of “%s” leads nowhere', (path) => {
  expect(() => parseSums(`${'ab'.repeat(16)}  ${path}\n`, 'md5')).toThrow(expect.objectContaining({ code: 33 }))
})

describeDecoder('list of sums', {
  decode: (bytes) => parseSums(Buffer.from(bytes).toString('utf8'), 'md5'),
  samples: fc.array(fc.tuple(sumOf('md5'), name).map(([sum, file]) => `${sum}  ${file}\n`), { maxLength: 6 }).map((lines) => Buffer.from(lines.join(''))),
  refuses: isCorruptImage,
  checkSound: (sums) => {
    for (const { name, sum } of sums) if (/[/\\\0]/.test(name) || /^\.{0,2}$/.test(name) || !/^[0-9a-f]{32}$/.test(sum)) throw new Error(name)
  },
})
