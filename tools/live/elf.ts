/** Program header and dynamic section constants, ELF-64 object file format, version 1.5, pages 12 and 17. */
const PT_LOAD = 1
const PT_DYNAMIC = 2
const DT_NULL = 0n
const DT_NEEDED = 1n
const DT_STRTAB = 5n

interface Segment {
  type: number
  fileOffset: number
  address: number
  fileSize: number
}

export function isElf(bytes: Buffer): boolean {
  return bytes.length >= 64 && bytes.readUInt32BE(0) === 0x7f454c46
}

/**
 * Names of the shared libraries that an ELF file asks the dynamic loader for, in its order.
 * Reads the program headers, not the sections, as the loader does. A static program gives none.
 * Throws RangeError on anything but a whole 64-bit little-endian ELF file.
 */
export function neededLibraries(bytes: Buffer): string[] {
  if (!isElf(bytes) || bytes[4] !== 2 || bytes[5] !== 1) throw new RangeError('not a 64-bit little-endian ELF file')
  const segments = readSegments(bytes)
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC)
  if (dynamic === undefined) return []
  const names: number[] = []
  let strings: number | undefined
  for (let at = dynamic.fileOffset; at + 16 <= dynamic.fileOffset + dynamic.fileSize; at += 16) {
    const tag = bytes.readBigInt64LE(at)
    if (tag === DT_NULL) break
    const value = Number(bytes.readBigUInt64LE(at + 8))
    if (tag === DT_NEEDED) names.push(value)
    if (tag === DT_STRTAB) strings = value
  }
  if (names.length === 0) return []
  const table = fileOffsetOf(segments, strings)
  return names.map((name) => readString(bytes, table + name))
}

function readSegments(bytes: Buffer): Segment[] {
  const start = Number(bytes.readBigUInt64LE(32))
  const size = bytes.readUInt16LE(54)
  const count = bytes.readUInt16LE(56)
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size
    return {
      type: bytes.readUInt32LE(at),
      fileOffset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      fileSize: Number(bytes.readBigUInt64LE(at + 32)),
    }
  })
}

/** The dynamic section speaks of addresses in memory; the loaded segments say where in the file those bytes are. */
function fileOffsetOf(segments: readonly Segment[], address: number | undefined): number {
  const segment = segments.find(
    ({ type, address: start, fileSize }) =>
      type === PT_LOAD && address !== undefined && address >= start && address < start + fileSize,
  )
  if (segment === undefined || address === undefined) throw new RangeError('ELF file without its string table')
  return address - segment.address + segment.fileOffset
}

function readString(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at)
  if (end === -1) throw new RangeError('ELF string that does not end')
  return bytes.toString('latin1', at, end)
}
