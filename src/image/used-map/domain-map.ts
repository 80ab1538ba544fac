import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Extent } from '../extents.ts'

/** What partclone's domain map says: which bytes are in use, and where the filesystem ends. */
export interface DomainMap {
  /** Bytes that the filesystem covers; partclone leaves out what follows its last whole block. */
  size: number
  used: Extent[]
}

const EXTENT = /^0x([0-9A-F]{1,13})\s+0x([0-9A-F]{1,13})\s+([+?])$/i
const POSITION = /^0x([0-9A-F]{1,13})\s+\?$/i

/**
 * Parses the ddrescue-style log that `partclone.<fs> -D` writes: comments, one line with the size, then
 * `position size status` lines that cover the filesystem without gaps, `+` in use and `?` free.
 * @throws `filesystem` for anything else, also for a map that is cut off
 */
export async function parseDomainMap(lines: Iterable<string> | AsyncIterable<string>): Promise<DomainMap> {
  let size: number | undefined
  let end = 0
  const used: Extent[] = []
  for await (const line of lines) {
    if (line.startsWith('#') || line.trim() === '') continue
    if (size === undefined) {
      size = hex(POSITION.exec(line)?.[1], line)
      continue
    }
    const fields = EXTENT.exec(line)
    const offset = hex(fields?.[1], line)
    const length = hex(fields?.[2], line)
    if (offset !== end) throw badMap(`a gap before ${line}`)
    end += length
    if (fields?.[3] === '+') used.push({ offset, length })
  }
  if (size === undefined || end !== size) throw badMap(`it covers ${end} of ${size ?? '?'} bytes`)
  return { size, used }
}

function hex(digits: string | undefined, line: string): number {
  if (digits === undefined) throw badMap(`not understood: ${line}`)
  return Number.parseInt(digits, 16)
}

function badMap(problem: string): ClonaulaError {
  return new ClonaulaError('filesystem', `partclone's map of used blocks: ${problem}`)
}
