/** The images of the repository and their revisions. The bytes are in the repository; here is what they are. */
import { ClonaulaError } from '#shared/domain/errors.ts'
import { diskFacts } from '#shared/domain/disk-facts.ts'
import { ImageId, RevisionId, Sha256Hex } from '#shared/domain/ids.ts'
import { ImageKind } from '#shared/domain/image.ts'
import { DISK_VOLUME, DiskLayout, VolumeFacts, type ManifestFacts } from '#shared/formats/manifest-facts.ts'
import type { ImageView, RevisionView, TrashedView, VolumeView } from '#shared/contract/views.ts'
import { notFound } from './constraints.ts'
import type { Database } from './database.ts'

export interface NewRevision {
  image: string
  /** As the repository numbers it. */
  number: number
  kind: ImageKind
  /** Now, unless said. */
  createdAt?: number
  /** Of the image when it is new, and of this revision. */
  description: string
  manifest: Sha256Hex
  facts: ManifestFacts
  /** Every pack that the manifest names; those that no earlier revision brought are this one's. */
  packs: readonly { id: Sha256Hex; size: number }[]
  /** The computer that it was taken from. */
  source: string
}

/** A revision by what the repository knows it by, whether it is in the trash or not. */
export interface RevisionRecord {
  id: RevisionId
  imageId: ImageId
  image: string
  number: number
  manifest: Sha256Hex
  description: string
  createdAt: number
  trashed: boolean
}

export interface Images {
  /** Those that have a revision outside of the trash. */
  list(): ImageView[]
  /** Its revisions outside of the trash. @throws `notFound` */
  get(id: ImageId): ImageView
  /** As `get`, by its name, which does not tell upper from lower case. @throws `notFound` */
  named(name: string): ImageView
  /** How a name is written that somebody else may have written otherwise. */
  nameOf(name: string): string
  /** Names do not tell upper from lower case. @throws `nameTaken` the name belongs to an image of another kind */
  checkName(name: string, kind: ImageKind): void
  /** Adds a revision, and the image if it is its first. @throws `nameTaken` another kind · `image` manifest or number is a revision already */
  addRevision(revision: NewRevision): RevisionView
  records(): RevisionRecord[]
  /** Into the trash, or out of it. @throws `notFound` */
  setTrashed(id: ImageId, number: number, trashed: boolean): void
  /** The newest in the trash first. */
  trash(): TrashedView[]
  /** What it holds is in another manifest now. */
  repoint(id: RevisionId, manifest: Sha256Hex, packs: NewRevision['packs']): void
  /**
   * Bytes of all packs of a revision, and of those of them that none of the other manifests has.
   * @param besides manifests; those that are no revision's have nothing
   */
  weigh(manifest: Sha256Hex, besides: readonly Sha256Hex[]): { bytes: number; missing: number }
  /** It is gone for good. */
  forget(id: RevisionId): void
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
  trashed_at: number | null
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
  const become = db.prepare<[string, string, number]>('UPDATE images SET kind = ?, description = ? WHERE id = ?')
  const revisionsOf = db.prepare<[number], RevisionRow>('SELECT * FROM revisions WHERE image_id = ? AND trashed_at IS NULL ORDER BY number')
  const hasRevision = db.prepare<[number], { id: number }>('SELECT id FROM revisions WHERE image_id = ? LIMIT 1')
  const everyRevision = db.prepare<[], RevisionRow & { image: string }>(
    'SELECT revisions.*, images.name AS image FROM revisions JOIN images ON images.id = image_id ORDER BY revisions.id')
  const inTrash = db.prepare<[], RevisionRow & { image: string; trashed_at: number }>(`
    SELECT revisions.*, images.name AS image FROM revisions JOIN images ON images.id = image_id
    WHERE trashed_at IS NOT NULL ORDER BY trashed_at DESC, revisions.id DESC`)
  const setTrashed = db.prepare<[number | null, number, number]>('UPDATE revisions SET trashed_at = ? WHERE image_id = ? AND number = ?')
  const pointTo = db.prepare<[string, number]>('UPDATE revisions SET manifest = ? WHERE id = ?')
  const dropPacks = db.prepare<[number]>('DELETE FROM packs WHERE revision_id = ?')
  const drop = db.prepare<[number]>('DELETE FROM revisions WHERE id = ?')
  const oneRevision = db.prepare<[number], RevisionRow>('SELECT * FROM revisions WHERE id = ?')
  const known = db.prepare<[string, number, number], { id: number }>('SELECT id FROM revisions WHERE manifest = ? OR (image_id = ? AND number = ?)')
  const addRevision = db.prepare<[Omit<RevisionRow, 'id' | 'stored_bytes' | 'trashed_at'>]>(`
    INSERT INTO revisions (image_id, number, created_at, manifest, description, source, layout, stored_bytes)
    VALUES (@image_id, @number, @created_at, @manifest, @description, @source, @layout, 0)`)
  const addPack = db.prepare<[string, number, number]>('INSERT OR IGNORE INTO packs (id, revision_id, size) VALUES (?, ?, ?)')
  const addOwnPack = db.prepare<[number, string, number]>('INSERT OR IGNORE INTO revision_packs (revision_id, pack, size) VALUES (?, ?, ?)')
  const dropOwnPacks = db.prepare<[number]>('DELETE FROM revision_packs WHERE revision_id = ?')
  const packsOf = db.prepare<[string], { pack: string; size: number }>(
    'SELECT pack, size FROM revision_packs JOIN revisions ON revisions.id = revision_id WHERE manifest = ?')
  const weighStored = db.prepare<[{ id: number }]>(`
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
    if (row && row.kind !== kind && hasRevision.get(row.id)) throw new ClonaulaError('nameTaken', `${name} is the image of a ${row.kind}`, { name })
    return row
  }
  /** One whose revisions are all gone may become another kind. */
  const imageIdFor = ({ image, kind, description }: NewRevision): number => {
    const row = checkName(image, kind)
    if (!row) return Number(add.run(image, kind, description).lastInsertRowid)
    if (row.kind !== kind) become.run(kind, description, row.id)
    return row.id
  }
  const setPacks = (id: number, packs: NewRevision['packs']): void => {
    for (const pack of packs) {
      addPack.run(pack.id, id, pack.size)
      addOwnPack.run(id, pack.id, pack.size)
    }
    weighStored.run({ id })
  }
  const insertRevision = (revision: NewRevision): RevisionView => {
    const { image, number, description, manifest, facts, packs, source, createdAt = now() } = revision
    const imageId = imageIdFor(revision)
    if (known.get(manifest, imageId, number)) throw new ClonaulaError('image', `${image}@${number} or its manifest is a revision already`, { image })
    const id = Number(addRevision.run({
      image_id: imageId, number, created_at: createdAt, manifest, description, source,
      layout: facts.disk ? JSON.stringify(facts.disk) : null,
    }).lastInsertRowid)
    for (const volume of facts.volumes) addVolume.run(volumeRow(id, volume))
    setPacks(id, packs)
    const row = oneRevision.get(id)
    if (!row) throw notFound(`revision ${id}`)
    return revisionOf(row)
  }
  return {
    list: () => all.all().map(view).filter(({ revisions }) => revisions.length > 0),
    get(id) {
      const row = one.get(id)
      if (!row) throw notFound(`image ${id}`)
      return view(row)
    },
    named(name) {
      const row = byName.get(name)
      if (!row) throw notFound(name)
      return view(row)
    },
    nameOf: (name) => byName.get(name)?.name ?? name,
    checkName: (name, kind) => void checkName(name, kind),
    addRevision: db.transaction(insertRevision),
    records: () => everyRevision.all().map((row) => ({
      id: RevisionId.parse(row.id), imageId: ImageId.parse(row.image_id), image: row.image, number: row.number, manifest: Sha256Hex.parse(row.manifest),
      description: row.description, createdAt: row.created_at, trashed: row.trashed_at !== null,
    })),
    setTrashed(id, number, trashed) {
      if (setTrashed.run(trashed ? now() : null, id, number).changes === 0) throw notFound(`revision ${number} of image ${id}`)
    },
    trash: () => inTrash.all().map(({ image, trashed_at: trashedAt, ...row }) => {
      const { imageId, number, description, source, createdAt } = revisionOf({ ...row, trashed_at: trashedAt })
      return { imageId, image, number, description, source, createdAt, trashedAt }
    }),
    repoint: db.transaction((id: RevisionId, manifest: Sha256Hex, packs: NewRevision['packs']) => {
      pointTo.run(manifest, id)
      dropPacks.run(id)
      dropOwnPacks.run(id)
      setPacks(id, packs)
    }),
    weigh(manifest, besides) {
      const there = new Set(besides.flatMap((other) => packsOf.all(other).map(({ pack }) => pack)))
      const packs = packsOf.all(manifest)
      const sum = (some: typeof packs): number => some.reduce((bytes, { size }) => bytes + size, 0)
      return { bytes: sum(packs), missing: besides.includes(manifest) ? 0 : sum(packs.filter(({ pack }) => !there.has(pack))) }
    },
    forget: (id) => void drop.run(id),
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
