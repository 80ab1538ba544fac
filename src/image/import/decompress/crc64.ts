/** CRC-64 of ECMA-182, reflected, as xz uses it; its two halves apart, since numbers have no 64 bits. */
const TABLE = new Int32Array(512)
for (let byte = 0; byte < 256; byte += 1) {
  let low = byte
  let high = 0
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = low & 1
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (odd) {
      low ^= 0xd7870f42
      high ^= 0xc96c5795
    }
  }
  TABLE[byte * 2] = low
  TABLE[byte * 2 + 1] = high
}

/** Of bytes that come in pieces. */
export class Crc64 {
  #low = -1
  #high = -1

  update(bytes: Uint8Array): void {
    let low = this.#low
    let high = this.#high
    for (const byte of bytes) {
      const at = ((low ^ byte) & 0xff) * 2
      low = ((low >>> 8) | (high << 24)) ^ TABLE[at]!
      high = (high >>> 8) ^ TABLE[at + 1]!
    }
    this.#low = low
    this.#high = high
  }

  /** Least significant byte first. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, ~this.#low >>> 0, true)
    view.setUint32(4, ~this.#high >>> 0, true)
    return bytes
  }
}
