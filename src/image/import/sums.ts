import { open } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { createBLAKE2b, createBLAKE3 } from 'hash-wasm'
import { fileError } from '../repository/files.ts'
import { refuse } from './problem.ts'

export type SumAlgorithm = 'md5' | 'sha1' | 'blake2b' | 'blake3'

/** Digits of each. */
export const SUM_DIGITS: Readonly<Record<SumAlgorithm, number>> = { md5: 32, sha1: 40, blake2b: 128, blake3: 64 }

/** What a file's bytes have to add up to. */
export interface FileSum {
  path: string
  algorithm: SumAlgorithm
  /** Hexadecimal digits, in lower case. */
  sum: string
  /** Only so many bytes from the end, as OpenGnsys does it. */
  last?: number
}

const WINDOW = 1024 * 1024
const NOT_FILES: ReadonlySet<string> = new Set(['', '.', '..'])

interface Hasher {
  update(bytes: Uint8Array): unknown
  digest(encoding: 'hex'): string
}

/** @throws `corruptImage` with the file */
export async function checkSum(
  { path, algorithm, sum, last }: FileSum, options: { signal?: AbortSignal | undefined; onRead: (bytes: number) => void },
): Promise<void> {
  const hasher = await hasherOf(algorithm)
  const buffer = Buffer.allocUnsafeSlow(WINDOW)
  const file = await open(path).catch((cause: unknown) => {
    throw fileError(path, cause)
  })
  try {
    let at = last === undefined ? 0 : Math.max(0, (await file.stat()).size - last)
    for (;;) {
      options.signal?.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, WINDOW, at)
      if (bytesRead === 0) break
      hasher.update(buffer.subarray(0, bytesRead))
      options.onRead(bytesRead)
      at += bytesRead
    }
  } catch (cause) {
    throw fileError(path, cause)
  } finally {
    await file.close()
  }
  const name = basename(path)
  if (hasher.digest('hex') !== sum) throw refuse('wrongSum', `${name}: its ${algorithm} is not ${sum}`, { file: name, place: name })
}

async function hasherOf(algorithm: SumAlgorithm): Promise<Hasher> {
  if (algorithm === 'blake2b') return createBLAKE2b(512)
  if (algorithm === 'blake3') return createBLAKE3(256)
  return createHash(algorithm)
}

/**
 * The lines of md5sum(1) and its kin: a sum, two characters, a name.
 * @throws `corruptImage` a name that leads out of the folder, or a line that is none
 */
export function parseSums(text: string, algorithm: SumAlgorithm): { name: string; sum: string }[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')).map((line) => {
    const [, sum, name] = /^\\?([0-9A-Fa-f]+)[ \t][ *](.+)$/.exec(line.trimEnd()) ?? []
    if (sum?.length !== SUM_DIGITS[algorithm] || name === undefined) {
      throw refuse('wrongSum', `not a line with a sum: ${line.slice(0, 100)}`, { place: `${algorithm}: ${line.slice(0, 100)}` })
    }
    const plain = name.replace(/^\.\//, '')
    if (/[/\\\0]/.test(plain) || NOT_FILES.has(plain)) throw refuse('unsafeName', `a name that leads elsewhere: ${name}`, { place: name })
    return { name: plain, sum: sum.toLowerCase() }
  })
}
