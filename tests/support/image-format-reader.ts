/**
 * A reader of repositories by docs/image-format.md alone: it imports nothing of the product, so that what the document lacks is missed
 * here. It holds everything in memory, and is written to be compared with the document, section by section.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'

const BLOCK = 4096
const HASH = 32

/** What a revision's file says, as it is. */
export interface Revision {
  image: string
  revision: number
  manifest: string
}

interface Run { offset: number; chunks: number[] }

export interface ReadManifest {
  /** The JSON, as it is. */
  facts: { volumes: { number: number; size: number; used: number }[] }
  packs: string[]
  chunks: { hash: string; length: number }[]
  /** By volume, in the order of the facts. */
  runs: Run[][]
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`must: ${rule}`)
}

/** "Conventions": integers one after another. */
class Fields {
  #at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Buffer {
    must(this.#at + length <= this.#bytes.length, 'nothing ends too early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u8(): number {
    return this.take(1)[0]!
  }

  u32(): number {
    return this.take(4).readUInt32LE()
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8()
      value += (byte % 128) * scale
      must(Number.isSafeInteger(value), 'a varint is at most 2^53 − 1')
      if (byte >= 128) continue
      must(scale === 1 || byte > 0, 'a varint is in its shortest form')
      return value
    }
  }
}

/** "Repository", "Revisions". */
export function readRevisions(repository: string, folder: 'images' | 'trash'): Revision[] {
  const root = join(repository, folder)
  if (!existsSync(root)) return []
  return readdirSync(root).sort().flatMap((name) => readdirSync(join(root, name)).flatMap((file): Revision[] => {
    const text = readFileSync(join(root, name, file), 'utf8')
    if (text === '') return [] // purged
    const revision = JSON.parse(text) as Revision
    return fileName(revision.image) === name && file === `${revision.revision}.json` ? [revision] : []
  }))
}

function fileName(image: string): string {
  const escaped = [...Buffer.from(image)].map((byte) => {
    const character = String.fromCharCode(byte)
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`
  }).join('')
  return escaped.length > 200 ? `${escaped.slice(0, 167)}~${sha256(Buffer.from(image)).slice(0, 32)}` : escaped
}

/** "Manifest". */
export function readManifest(repository: string, name: string): ReadManifest {
  const bytes = readFileSync(join(repository, 'manifests', `${name}.manifest`))
  must(sha256(bytes) === name, 'a manifest is named by its hash')
  const fields = new Fields(bytes.subarray(0, -HASH))
  must(sha256(bytes.subarray(0, -HASH)) === bytes.subarray(-HASH).toString('hex'), 'it ends with the hash of what is before')
  must(fields.take(8).equals(Buffer.from('CLNIMAG\u0001')), 'magic')
  const header = Array.from({ length: 5 }, () => ({ encoding: fields.u8(), stored: fields.u32(), plain: fields.u32() }))
  const [facts, packs, digests, lengths, runs] = header.map(({ encoding, stored, plain }) => {
    const section = decoded(fields.take(stored), encoding, plain)
    must(section.length === plain, 'sections have their plain lengths')
    return section
  }) as [Buffer, Buffer, Buffer, Buffer, Buffer]
  must(fields.ended, 'nothing follows the last section')
  const parsed = JSON.parse(facts.toString('utf8')) as ReadManifest['facts']
  const chunks = readLengths(new Fields(lengths), hashes(digests))
  return { facts: parsed, packs: hashes(packs), chunks, runs: readRuns(new Fields(runs), chunks, parsed) }
}

function decoded(stored: Buffer, encoding: number, plain: number): Buffer {
  must(encoding === 0 || encoding === 1, 'encodings are 0 and 1')
  return encoding === 0 ? stored : zstdDecompressSync(stored, { maxOutputLength: Math.max(1, plain) })
}

function hashes(bytes: Buffer): string[] {
  return Array.from({ length: bytes.length / HASH }, (_, at) => bytes.toString('hex', at * HASH, (at + 1) * HASH))
}

function readLengths(fields: Fields, digests: string[]): ReadManifest['chunks'] {
  const chunks = digests.map((hash) => {
    const value = fields.varint()
    return { hash, length: value % 2 === 0 ? (value / 2) * BLOCK : (value - 1) / 2 }
  })
  must(fields.ended, 'a length for each chunk')
  return chunks
}

function readRuns(fields: Fields, chunks: ReadManifest['chunks'], { volumes }: ReadManifest['facts']): Run[][] {
  let expected = 0
  const runs = volumes.map(({ size, used }) => {
    let end = 0
    let sum = 0
    const list = Array.from({ length: fields.varint() }, (): Run => {
      const offset = end + fields.varint()
      const counts = fields.varint()
      const [count, repeated] = [Math.floor(counts / 2), counts % 2 === 1]
      const difference = fields.varint()
      const first = expected + (difference % 2 === 0 ? difference / 2 : -(difference + 1) / 2)
      const numbers = Array.from({ length: count }, (_, at) => repeated ? first : first + at)
      expected = numbers.at(-1)! + 1
      const length = numbers.reduce((bytes, number) => bytes + chunks[number]!.length, 0)
      end = offset + length
      sum += length
      return { offset, chunks: numbers }
    })
    must(end <= size && sum === used, 'runs lie in their volume, and add up to what it uses')
    return list
  })
  must(fields.ended, 'nothing follows the last run')
  return runs
}

/** "Pack": the plain bytes of each chunk, by its hash. */
function readPack(repository: string, name: string): Map<string, Buffer> {
  const bytes = readFileSync(join(repository, 'packs', name.slice(0, 2), `${name}.pack`))
  must(bytes.subarray(0, 8).equals(Buffer.from('CLNPACK\u0001')) && bytes.subarray(-8).equals(Buffer.from('CLNPEND\u0001')), 'magic')
  const trailer = bytes.length - 8 - HASH - 4
  const footer = bytes.subarray(trailer - bytes.readUInt32LE(trailer), trailer)
  must(sha256(footer) === bytes.toString('hex', trailer + 4, trailer + 4 + HASH), 'the footer has its hash')
  const fields = new Fields(footer)
  const found = new Map<string, Buffer>()
  let at = 8
  for (let blobs = fields.varint(); blobs > 0; blobs -= 1) {
    const encoding = fields.u8()
    const [stored, plain] = [fields.varint(), fields.varint()]
    const blob = decoded(bytes.subarray(at, at + stored), encoding, plain)
    at += stored
    let start = 0
    for (let chunks = fields.varint(); chunks > 0; chunks -= 1) {
      const hash = fields.take(HASH).toString('hex')
      const chunk = blob.subarray(start, start + fields.varint())
      start += chunk.length
      must(sha256(chunk) === hash, 'chunks have their hashes')
      found.set(hash, chunk)
    }
    must(start === plain, 'the chunks of a blob add up to it')
  }
  must(fields.ended && at + footer.length + 44 === bytes.length, 'a pack adds up')
  return found
}

/** The bytes of a volume on an empty medium of its source's size. */
export function readVolume(repository: string, manifest: ReadManifest, number: number): Buffer {
  const chunks = new Map(manifest.packs.flatMap((pack) => [...readPack(repository, pack)]))
  const index = manifest.facts.volumes.findIndex((volume) => volume.number === number)
  const bytes = Buffer.alloc(manifest.facts.volumes[index]!.size)
  for (const run of manifest.runs[index]!) {
    let offset = run.offset
    for (const chunk of run.chunks) {
      const { hash, length } = manifest.chunks[chunk]!
      offset += chunks.get(hash)!.copy(bytes, offset, 0, length)
    }
  }
  return bytes
}
