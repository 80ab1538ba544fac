/**
 * LZO1X, as lzop and the Linux kernel use it ("LZO stream format as understood by Linux' LZO decompressor",
 * Documentation/staging/lzo.rst).
 */

/** What stands for the length of a run or a match that does not fit its instruction: zeros count 255 each. */
interface Cursor {
  at: number
}

/**
 * Fills `out` with the plain bytes of a block.
 * @returns whether the block is sound and fills it exactly
 */
export function lzo1x(block: Uint8Array, out: Uint8Array): boolean {
  const input: Cursor = { at: 0 }
  let end = 0
  /** Literals that followed the last instruction: 0 to 3, or 4 after a long run of them. */
  let state = 0
  const first = block[0] ?? 0
  if (first > 17) {
    input.at = 1
    const literals = first - 17
    end = copyLiterals(block, input, out, 0, literals)
    state = Math.min(literals, 4)
  }
  while (end >= 0 && input.at < block.length) {
    const code = block[input.at++]!
    if (code < 16 && state === 0) {
      const literals = code === 0 ? longLength(block, input, 15) + 3 : code + 3
      end = copyLiterals(block, input, out, end, literals)
      state = 4
      continue
    }
    let length: number
    let distance: number
    let next = code & 3
    if (code < 16) {
      length = state === 4 ? 3 : 2
      distance = (state === 4 ? 0x801 : 1) + (code >> 2) + (byte(block, input) << 2)
    } else if (code >= 64) {
      length = (code >> 5) + 1
      distance = 1 + ((code >> 2) & 7) + (byte(block, input) << 3)
    } else {
      const far = code < 32
      const short = code & (far ? 7 : 31)
      length = 2 + (short === 0 ? longLength(block, input, far ? 7 : 31) : short)
      const low = byte(block, input)
      const word = low | (byte(block, input) << 8)
      next = word & 3
      distance = (word >> 2) + (far ? (code & 8) << 11 : 1)
      if (far && distance === 0) return length === 3 && input.at === block.length && end === out.length
      if (far) distance += 0x4000
    }
    end = copyMatch(out, end, distance, length)
    if (end >= 0) end = copyLiterals(block, input, out, end, next)
    state = next
  }
  return false
}

/** Beyond the block's end it is a byte that no sound block has there: the copy that follows fails. */
function byte(block: Uint8Array, input: Cursor): number {
  return block[input.at++] ?? Number.NaN
}

function longLength(block: Uint8Array, input: Cursor, base: number): number {
  let length = base
  while (block[input.at] === 0) {
    length += 255
    input.at += 1
  }
  return length + byte(block, input)
}

/** @returns where the output ends now; −1 when there are not so many bytes, or no room for them */
function copyLiterals(block: Uint8Array, input: Cursor, out: Uint8Array, end: number, length: number): number {
  const from = input.at
  if (!(from + length <= block.length && end + length <= out.length)) return -1
  for (let at = 0; at < length; at += 1) out[end + at] = block[from + at]!
  input.at = from + length
  return end + length
}

/** As above. A match may reach into itself: that is how bytes are repeated. */
function copyMatch(out: Uint8Array, end: number, distance: number, length: number): number {
  if (!(distance <= end && end + length <= out.length)) return -1
  for (let at = end; at < end + length; at += 1) out[at] = out[at - distance]!
  return end + length
}
