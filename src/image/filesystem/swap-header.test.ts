import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeDecoder } from '../../../tests/support/codec-suite.ts'
import { decodeSwapHeader, encodeSwapHeader, isSwapUuid, SWAP_PAGE, type SwapHeader } from './swap-header.ts'

const headers: fc.Arbitrary<SwapHeader> = fc.record({
  size: fc.integer({ min: 10, max: 2 ** 32 - 1 }).map((pages) => pages * SWAP_PAGE),
  uuid: fc.uuid(),
  label: fc.string({ unit: 'grapheme', maxLength: 16 }).filter((text) => Buffer.byteLength(text) <= 16 && !text.includes('\0')),
})

test('a swap header comes back, with the hyphens of its UUID or without', () => {
  fc.assert(fc.property(headers, (header) => {
    expect(decodeSwapHeader(encodeSwapHeader(header))).toEqual(header)
    expect(decodeSwapHeader(encodeSwapHeader({ ...header, uuid: header.uuid.replaceAll('-', '') }))).toEqual(header)
  }))
})

test('what follows the last whole page is not part of the area', () => {
  expect(decodeSwapHeader(encodeSwapHeader({ size: 10 * SWAP_PAGE + 512, uuid: '', label: '' }))?.size).toBe(10 * SWAP_PAGE)
})

describeDecoder('swap header', {
  decode: decodeSwapHeader,
  samples: headers.map(encodeSwapHeader),
  refuses: () => false,
  checkSound: (header) => {
    if (header && (!isSwapUuid(header.uuid) || header.label.length > 16 || !Number.isSafeInteger(header.size))) throw new Error(header.label)
  },
  runs: 100,
})

test('a page without the signature, or less than a page, is no swap area', () => {
  const page = encodeSwapHeader({ size: 2 ** 20, uuid: '', label: 'swap' })
  expect(decodeSwapHeader(page.subarray(0, -1))).toBeUndefined()
  expect(decodeSwapHeader(page.with(SWAP_PAGE - 1, 0x31))).toBeUndefined()
})
