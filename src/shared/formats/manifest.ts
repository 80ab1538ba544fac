import { ByteReader, ByteWriter, equalBytes, malformed } from './bytes.ts'
import { DIGEST_LENGTH, fromHex, toHex, type Sha256 } from './digest.ts'
import type { Sha256Hex } from '../domain/ids.ts'
import { ChunkTable } from './chunk-table.ts'
import { ManifestFacts } from './manifest-facts.ts'
import { decodeRuns, encodeRuns, type RunList } from './manifest-runs.ts'
import { ENCODINGS, type Encoding } from './pack.ts'

/*
 * A manifest:
 *
 *   +----------+-------------------------------+----------------+---------------------+
 *   | magic, 8 | 5 × (encoding u8, stored u32, | the 5 sections | SHA-256 of all that |
 *   |          |      plain u32)               |                | comes before (32)   |
 *   +----------+-------------------------------+----------------+---------------------+
 *
 *   facts    JSON (`ManifestFacts`)
 *   packs    SHA-256 of each pack that holds chunks of this image, 32 bytes each: where to look first
 *   digests  SHA-256 of each different chunk, 32 bytes each, in the order of first use
 *   lengths  plain length of each chunk
 *   runs     per volume, which chunks lie where (manifest-runs.ts)
 */

const MAGIC = Uint8Array.from([0x43, 0x4c, 0x4e, 0x49, 0x4d, 0x41, 0x47, 1]) // "CLNIMAG", version 1
const SECTIONS = ['facts', 'packs', 'digests', 'lengths', 'runs'] as const
type Section = (typeof SECTIONS)[number]
const HEADER = MAGIC.length + SECTIONS.length * 9

/**
 * Plain bytes that a section may have. Hashes do not compress, so a file that claims many really has them, and only then
 * it may have as many lengths.
 */
const MAX_PLAIN: Record<Section, number> = {
  facts: 4 * 1024 * 1024, packs: 64 * 1024 * 1024, digests: 1024 * 1024 * 1024, lengths: 96 * 1024 * 1024,
  runs: 64 * 1024 * 1024,
}
/** Bytes that the length of a chunk takes at most. */
const MAX_LENGTH = 3

export interface Manifest {
  facts: ManifestFacts
  packs: readonly Sha256Hex[]
  chunks: ChunkTable
  /** The chunks of each volume, in the order of `facts.volumes`. */
  runs: readonly RunList[]
}

/** What the platform brings to encode and decode manifests. */
export interface ManifestTools {
  sha256: Sha256
  /** One zstd frame; `compress` may be absent (everything is stored then). */
  compress?: (plain: Uint8Array) => Promise<Uint8Array>
  /** Must refuse, without producing it, anything longer than `plainLength`. */
  decompress: (stored: Uint8Array, plainLength: number) => Promise<Uint8Array>
}

export async function encodeManifest(manifest: Manifest, tools: Omit<ManifestTools, 'decompress'>): Promise<Uint8Array> {
  const plain: Record<Section, Uint8Array> = {
    facts: new TextEncoder().encode(JSON.stringify(ManifestFacts.parse(manifest.facts))),
    packs: encodePacks(manifest.packs),
    digests: manifest.chunks.digests,
    lengths: manifest.chunks.encodeLengths(),
    runs: encodeRuns(manifest.runs, manifest.chunks),
  }
  const header = new ByteWriter().raw(MAGIC)
  const body = new ByteWriter()
  for (const section of SECTIONS) {
    const { encoding, stored } = await pressed(section, plain[section], tools.compress)
    header.u8(ENCODINGS.indexOf(encoding)).u32(stored.length).u32(plain[section].length)
    body.raw(stored)
  }
  const bytes = header.raw(body.finish()).finish()
  return new ByteWriter().raw(bytes).raw(tools.sha256(bytes)).finish()
}

/** @throws `corruptImage` for anything that is not, in every detail, a manifest of this version. */
export async function decodeManifest(bytes: Uint8Array, tools: ManifestTools): Promise<Manifest> {
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) throw malformed('manifest', 'it does not start as one does')
  if (bytes.length < HEADER + DIGEST_LENGTH) throw malformed('manifest', 'ends too early')
  const signed = bytes.subarray(0, bytes.length - DIGEST_LENGTH)
  if (!equalBytes(tools.sha256(signed), bytes.subarray(signed.length))) throw malformed('manifest', 'its hash is wrong')
  const plain = await readSections(signed, tools)
  const facts = readFacts(plain.facts)
  const chunks = ChunkTable.decode(plain.digests, plain.lengths)
  return { facts, packs: readPacks(plain.packs), chunks, runs: decodeRuns(plain.runs, chunks, facts.volumes) }
}

/**
 * The same manifest with another list of packs; everything else stays byte for byte, also what this version does not know.
 * @throws `corruptImage`
 */
export function replacePacks(bytes: Uint8Array, packs: readonly Sha256Hex[], sha256: Sha256): Uint8Array {
  const signed = bytes.subarray(0, bytes.length - DIGEST_LENGTH)
  const header = new ByteReader(signed.subarray(MAGIC.length, HEADER), 'manifest header')
  const body = new ByteReader(signed.subarray(HEADER), 'manifest')
  const changedHeader = new ByteWriter().raw(MAGIC)
  const changedBody = new ByteWriter()
  for (const section of SECTIONS) {
    const [encoding, storedLength, plainLength] = [header.u8(), header.u32(), header.u32()]
    const stored = body.take(storedLength)
    const put = section === 'packs' ? encodePacks(packs) : stored
    changedHeader.u8(encoding).u32(put.length).u32(section === 'packs' ? put.length : plainLength)
    changedBody.raw(put)
  }
  const changed = changedHeader.raw(changedBody.finish()).finish()
  return new ByteWriter().raw(changed).raw(sha256(changed)).finish()
}

function encodePacks(packs: readonly Sha256Hex[]): Uint8Array {
  return packs.reduce((bytes, id) => bytes.raw(fromHex(id)), new ByteWriter()).finish()
}

async function pressed(section: Section, plain: Uint8Array, compress: ManifestTools['compress']) {
  const stored = section === 'digests' || section === 'packs' ? plain : ((await compress?.(plain)) ?? plain)
  return stored.length < plain.length
    ? { encoding: 'zstd' as Encoding, stored }
    : { encoding: 'stored' as Encoding, stored: plain }
}

async function readSections(signed: Uint8Array, tools: ManifestTools): Promise<Record<Section, Uint8Array>> {
  const header = new ByteReader(signed.subarray(MAGIC.length, HEADER), 'manifest header')
  const body = new ByteReader(signed.subarray(HEADER), 'manifest')
  const plain: Partial<Record<Section, Uint8Array>> = {}
  for (const section of SECTIONS) {
    const encoding = ENCODINGS[header.u8()]
    const storedLength = header.u32()
    const plainLength = header.u32()
    if (!encoding || plainLength > MAX_PLAIN[section] || storedLength > plainLength) throw header.fail(`${section}: absurd`)
    const hashes = section === 'digests' || section === 'packs'
    if ((encoding === 'stored') !== (storedLength === plainLength) || (hashes && encoding !== 'stored')) {
      throw header.fail(`${section}: wrong encoding`)
    }
    if (section === 'lengths' && plainLength > MAX_LENGTH * (plain.digests!.length / DIGEST_LENGTH)) {
      throw header.fail('more lengths than chunks')
    }
    const stored = body.take(storedLength)
    plain[section] = encoding === 'stored' ? stored : await tools.decompress(stored, plainLength)
    if (plain[section].length !== plainLength) throw malformed('manifest', `${section}: wrong length`)
  }
  body.end()
  return plain as Record<Section, Uint8Array>
}

function readFacts(bytes: Uint8Array): ManifestFacts {
  try {
    return ManifestFacts.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (cause) {
    throw malformed('manifest', `facts: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

function readPacks(bytes: Uint8Array): Sha256Hex[] {
  if (bytes.length % DIGEST_LENGTH !== 0) throw malformed('manifest', 'packs: half a hash')
  const count = bytes.length / DIGEST_LENGTH
  return Array.from({ length: count }, (_, at) => toHex(bytes.subarray(at * DIGEST_LENGTH, (at + 1) * DIGEST_LENGTH)))
}
