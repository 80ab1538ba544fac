import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { encodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { revisionTorrent, type Torrent } from '#transfer/torrent/revision-torrent.ts'
import { fillPackFolder } from '../multicast/pack-folder.ts'

/** An image of noise as a torrent, in the folder as every client lays it out. */
export interface BenchImage {
  torrent: Torrent
  /** The torrent file, which names the tracker. */
  file: string
  /** The folder that has the torrent's folder in it. */
  folder: string
}

export async function makeBenchImage(folder: string, bytes: number, tracker: string): Promise<BenchImage> {
  const content = 'a manifest of nothing'
  const manifest = createHash('sha256').update(content).digest('hex')
  const root = join(folder, manifest)
  const packPath = (id: string): string => join(root, 'packs', id.slice(0, 2), `${id}.pack`)
  const manifestPath = (id: string): string => join(root, 'manifests', `${id}.manifest`)
  const segments = await fillPackFolder(join(folder, 'noise'), bytes)
  for (const { pack } of segments) {
    await mkdir(dirname(packPath(pack)), { recursive: true })
    await rename(join(folder, 'noise', pack), packPath(pack))
  }
  await mkdir(dirname(manifestPath(manifest)), { recursive: true })
  await writeFile(manifestPath(manifest), content)
  const torrent = await revisionTorrent({ manifest, packs: segments.map(({ pack }) => pack), packPath, manifestPath })
  const file = join(folder, 'image.torrent')
  await writeFile(file, encodeMetainfo({ ...torrent.metainfo, announce: tracker }))
  return { torrent, file, folder }
}
