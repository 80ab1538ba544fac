/** The first and the last byte of an answer. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * What a `Range` header asks for (RFC 9110, 14.2): one range of bytes. Anything else that is not understood is
 * ignored, as the RFC has it, and the whole file is sent.
 * @returns `whole` · the range · `unsatisfiable` (416)
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const fields = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (!fields || (fields[1] === '' && fields[2] === '')) return 'whole'
  if (fields[1] === '') {
    const length = Math.min(Number(fields[2]), size)
    return length > 0 ? { start: size - length, end: size - 1 } : 'unsatisfiable'
  }
  const start = Number(fields[1])
  const end = fields[2] === '' ? size - 1 : Math.min(Number(fields[2]), size - 1)
  if (fields[2] !== '' && Number(fields[2]) < start) return 'whole'
  return start < size ? { start, end } : 'unsatisfiable'
}
