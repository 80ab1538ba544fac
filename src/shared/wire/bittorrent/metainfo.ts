import { DecodeError } from '../bytes.ts'
import { decodeBencode, encodeBencode, type Bencoded } from './bencode.ts'
import { DictionaryReader } from './dictionary.ts'

/*
 * A torrent file (BEP 3, several files form):
 *
 *   { announce?: URL of a tracker,
 *     info: { files: [{ length, path: [name, …] }], name, "piece length", pieces: SHA-1 of each piece, private: 1 } }
 *
 * The infohash, by which everybody names the torrent, is the SHA-1 of the bencoded `info`. `private` (BEP 27): peers
 * come from the tracker and from nowhere else.
 */

/** Bytes of a SHA-1: of a piece's hash, and of an infohash. */
export const SHA1_LENGTH = 20

/** Bytes of a torrent file: the pieces of 6 TB at 4 MiB each. */
export const MAX_METAINFO = 32 * 1024 * 1024
const MAX_FILES = 200_000
const MAX_NAME = 255
const MAX_PATH = 16
const MIN_PIECE_LENGTH = 16 * 1024
/** A piece is in memory while it is fetched. */
const MAX_PIECE_LENGTH = 64 * 1024 * 1024

export interface TorrentFile {
  /** Below the torrent's folder; names that are safe on every system. */
  path: readonly string[]
  /** Bytes. */
  length: number
}

export interface TorrentContent {
  name: string
  files: readonly TorrentFile[]
  /** Bytes; a power of two. */
  pieceLength: number
  /** SHA-1 of each piece, one behind the other. */
  pieces: Uint8Array
}

export interface Metainfo extends TorrentContent {
  /** The bencoded dictionary of which the infohash is the SHA-1, with all that its maker put into it. */
  info: Uint8Array
  announce?: string
}

export type MetainfoFault = 'too-large' | 'single-file' | 'unsafe-name' | 'bad-length' | 'bad-text'

/** @throws DecodeError for content that no torrent file may have */
export function makeMetainfo({ name, files, pieceLength, pieces }: TorrentContent, announce?: string): Metainfo {
  const info = encodeBencode(new Map<string, Bencoded>([
    ['files', files.map(({ path, length }) => new Map<string, Bencoded>([['length', length], ['path', path.map(encodeText)]]))],
    ['name', encodeText(name)],
    ['piece length', pieceLength],
    ['pieces', pieces],
    ['private', 1],
  ]))
  return { ...readInfo(info), ...(announce === undefined ? {} : { announce }) }
}

export function encodeMetainfo({ info, announce }: Metainfo): Uint8Array {
  const entries = new Map<string, Bencoded>([['info', decodeBencode(info)]])
  if (announce !== undefined) entries.set('announce', encodeText(announce))
  return encodeBencode(entries)
}

/** @throws DecodeError `MetainfoFault`, `DictionaryFault`, `BencodeFault` */
export function decodeMetainfo(bytes: Uint8Array): Metainfo {
  if (bytes.length > MAX_METAINFO) throw fault('too-large')
  const torrent = DictionaryReader.of(bytes)
  const announce = torrent.has('announce') ? { announce: decodeText(torrent.bytes('announce')) } : {}
  return { ...readInfo(encodeBencode(torrent.value('info'))), ...announce }
}

/** Bytes of all files. */
export function totalLength({ files }: Pick<TorrentContent, 'files'>): number {
  return files.reduce((sum, { length }) => sum + length, 0)
}

function readInfo(info: Uint8Array): Metainfo {
  const reader = DictionaryReader.of(info)
  if (reader.has('length')) throw fault('single-file')
  const pieceLength = reader.count('piece length')
  if (pieceLength < MIN_PIECE_LENGTH || pieceLength > MAX_PIECE_LENGTH || (pieceLength & (pieceLength - 1)) !== 0) {
    throw fault('bad-length', `pieces of ${pieceLength}`)
  }
  const list = reader.list('files')
  if (list.length === 0 || list.length > MAX_FILES) throw fault('bad-length', `${list.length} files`)
  const files = list.map(readFile)
  if (new Set(files.map(({ path }) => path.join('/').toLowerCase())).size !== files.length) throw fault('unsafe-name', 'twice')
  const total = totalLength({ files })
  const pieces = reader.bytes('pieces').slice()
  if (total === 0 || !Number.isSafeInteger(total) || pieces.length !== Math.ceil(total / pieceLength) * SHA1_LENGTH) {
    throw fault('bad-length', 'hashes')
  }
  return { name: safeName(reader.bytes('name')), files, pieceLength, pieces, info }
}

function readFile(value: Bencoded): TorrentFile {
  const file = new DictionaryReader(value)
  const path = file.list('path').map((part) => {
    if (!(part instanceof Uint8Array)) throw fault('unsafe-name')
    return safeName(part)
  })
  if (path.length === 0 || path.length > MAX_PATH) throw fault('unsafe-name', 'too deep')
  return { path, length: file.count('length') }
}

/** Nothing that leaves its folder, or is something else on Windows. */
function safeName(bytes: Uint8Array): string {
  const name = decodeText(bytes)
  if (name === '' || name.length > MAX_NAME || /[\u0000-\u001f/\\:*?"<>|]|^\.{1,2}$|[. ]$/.test(name)) throw fault('unsafe-name')
  return name
}

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw fault('bad-text')
  }
}

function fault(reason: MetainfoFault, detail?: string): DecodeError<MetainfoFault> {
  return new DecodeError(reason, detail)
}
