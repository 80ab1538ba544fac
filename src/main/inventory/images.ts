/** The images of the repository and their revisions. The bytes are in the repository; here is what they are. */
import { ClonaulaError } from '#shared/domain/errors.ts'
import { diskFacts } from '#shared/domain/disk-facts.ts'
import { ImageId, RevisionId, Sha256Hex } from '#shared/domain/ids.ts'
import { ImageKind } from '#shared/domain/image.ts'
import { DISK_VOLUME, DiskLayout, VolumeFacts, type ManifestFacts } from '#shared/formats/manifest-facts.ts'
import type { ImageView, RevisionView, VolumeView } from '#shared/contract/views.ts'
import { notFound } from './constraints.ts'
import type { Database } from './database.ts'

export interface NewRevision {
  image: string
  kind: ImageKind
  /** Of the image when it is new, and of this revision. */
  description: string
  manifest: Sha256Hex
  facts: ManifestFacts
  /** Every pack that the manifest names; those that no earlier revision brought are this one's. */
  packs: readonly { id: Sha256Hex; size: number }[]
  /** The computer that it was taken from. */
  source: string
}

export interface Images {
  list(): ImageView[]
  /** @throws `notFound` */
  get(id: ImageId): ImageView
  /** Names do not tell upper from lower case. @throws `nameTaken` the name belongs to an image of another kind */
  checkName(name: string, kind: ImageKind): void
  /** Adds a revision, and the image if it is its first. @throws `nameTaken` another kind · `image` the manifest is a revision already */
  addRevision(revision: NewRevision): RevisionView
}

interface ImageRow { id: number; name: string; kind: string; description: string }

interface RevisionRow {
  id: number
  image_id: number
  number: number
  created_at: number
  manifest: string
  description: string
  source: string
  layout: string | null
  stored_bytes: number
}

interface VolumeRow {
  revision_id: number
  partition: number
  filesystem: string
  label: string
  uuid: string
  size: number
  used: number
  minimum_size: number
  mode: string
}

export function createImages(db: Database, now: () => number): Images {
  const all = db.prepare<[], ImageRow>('SELECT * FROM images ORDER BY name')
  const one = db.prepare<[number], ImageRow>('SELECT * FROM images WHERE id = ?')
  const byName = db.prepare<[string], ImageRow>('SELECT * FROM images WHERE name = ?')
  const add = db.prepare<[string, string, string]>('INSERT INTO images (name, kind, description) VALUES (?, ?, ?)')
  const revisionsOf = db.prepare<[number], RevisionRow>('SELECT * FROM revisions WHERE image_id = ? ORDER BY number')
  const oneRevision = db.prepare<[number], RevisionRow>('SELECT * FROM revisions WHERE id = ?')
  const known = db.prepare<[string], { id: number }>('SELECT id FROM revisions WHERE manifest = ?')
  const addRevision = db.prepare<[Omit<RevisionRow, 'id' | 'number' | 'stored_bytes'>]>(`
    INSERT INTO revisions (image_id, number, created_at, manifest, description, source, layout, stored_bytes)
    VALUES (@image_id, (SELECT ifnull(max(number), 0) + 1 FROM revisions WHERE image_id = @image_id),
      @created_at, @manifest, @description, @source, @layout, 0)`)
  const addPack = db.prepare<[string, number, number]>('INSERT OR IGNORE INTO packs (id, revision_id, size) VALUES (?, ?, ?)')
  const weigh = db.prepare<[{ id: number }]>(`
    UPDATE revisions SET stored_bytes = (SELECT ifnull(sum(size), 0) FROM packs WHERE revision_id = @id) WHERE id = @id`)
  const volumesOf = db.prepare<[number], VolumeRow>('SELECT * FROM volumes WHERE revision_id = ? ORDER BY partition')
  const addVolume = db.prepare<[VolumeRow]>(`
    INSERT INTO volumes (revision_id, partition, filesystem, label, uuid, size, used, minimum_size, mode)
    VALUES (@revision_id, @partition, @filesystem, @label, @uuid, @size, @used, @minimum_size, @mode)`)

  const revisionOf = (row: RevisionRow): RevisionView => revisionView(row, volumesOf.all(row.id))
  const view = (row: ImageRow): ImageView => ({
    id: ImageId.parse(row.id),
    name: row.name,
    kind: ImageKind.parse(row.kind),
    description: row.description,
    revisions: revisionsOf.all(row.id).map(revisionOf),
  })
  const checkName = (name: string, kind: ImageKind): ImageRow | undefined => {
    const row = byName.get(name)
    if (row && row.kind !== kind) throw new ClonaulaError('nameTaken', `${name} is the image of a ${row.kind}`, { name })
    return row
  }
  const insertRevision = ({ image, kind, description, manifest, facts, packs, source }: NewRevision): RevisionView => {
    if (known.get(manifest)) throw new ClonaulaError('image', `manifest ${manifest} is a revision already`, { image })
    const imageId = checkName(image, kind)?.id ?? Number(add.run(image, kind, description).lastInsertRowid)
    const id = Number(addRevision.run({
      image_id: imageId, created_at: now(), manifest, description, source,
      layout: facts.disk ? JSON.stringify(facts.disk) : null,
    }).lastInsertRowid)
    for (const volume of facts.volumes) addVolume.run(volumeRow(id, volume))
    for (const pack of packs) addPack.run(pack.id, id, pack.size)
    weigh.run({ id })
    const row = oneRevision.get(id)
    if (!row) throw notFound(`revision ${id}`)
    return revisionOf(row)
  }
  return {
    list: () => all.all().map(view),
    get(id) {
      const row = one.get(id)
      if (!row) throw notFound(`image ${id}`)
      return view(row)
    },
    checkName: (name, kind) => void checkName(name, kind),
    addRevision: db.transaction(insertRevision),
  }
}

function volumeRow(revision: number, { number, filesystem, label, uuid, size, used, minimumSize, mode }: VolumeFacts): VolumeRow {
  return { revision_id: revision, partition: number, filesystem, label, uuid, size, used, minimum_size: minimumSize, mode }
}

function revisionView(row: RevisionRow, volumes: VolumeRow[]): RevisionView {
  const layout = row.layout === null ? undefined : DiskLayout.parse(JSON.parse(row.layout))
  return {
    id: RevisionId.parse(row.id),
    imageId: ImageId.parse(row.image_id),
    number: row.number,
    createdAt: row.created_at,
    manifest: Sha256Hex.parse(row.manifest),
    description: row.description,
    source: row.source,
    // Boot areas outside of the partitions are part of the disk, not something to choose.
    volumes: volumes.filter(({ partition }) => partition !== DISK_VOLUME).map(volumeView),
    ...(layout ? { disk: diskFacts(layout, volumes.map(volumeFacts)) } : {}),
    storedBytes: row.stored_bytes,
  }
}

function volumeFacts(row: VolumeRow): VolumeFacts {
  return VolumeFacts.parse({ ...row, number: row.partition, minimumSize: row.minimum_size })
}

function volumeView(row: VolumeRow): VolumeView {
  const { number, filesystem, label, size, used, minimumSize, mode } = volumeFacts(row)
  return { partition: number, filesystem, label, size, used, minimumSize, mode }
}
