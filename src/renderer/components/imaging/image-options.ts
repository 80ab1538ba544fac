/** Which images can go to a destination, and which of them keep the partition's type. Pure. */
import type { ImageView, RevisionView } from '#shared/contract/views.ts'
import type { DiskTarget, Disk, Filesystem, Partition } from '#shared/domain/disk.ts'
import type { ImageId } from '#shared/domain/ids.ts'

export interface ImageOption {
  /** Unique among the options, and stable while the image exists. */
  key: string
  image: ImageView
  /** Which partition of a disk image; absent: the image as it is. */
  volume?: { partition: number; filesystem: Filesystem }
  /** Bytes that the newest revision asks of its target; 0: it does not say. */
  minimumSize: number
}

/** What was chosen for some computers so far. */
export interface Decision {
  target?: DiskTarget
  image?: ImageOption
  /** Absent: the newest. */
  revision?: number
}

export interface ImageOptions {
  sameType: ImageOption[]
  otherType: ImageOption[]
}

/** Into a CACHE goes any image, as it is. */
export function cacheOptions(images: readonly ImageView[]): ImageOptions {
  const some = images.filter(({ revisions }) => revisions.length > 0)
  return { sameType: some.map((image) => ({ key: optionKey(image.id), image, minimumSize: 0 })), otherType: [] }
}

/** A whole disk takes disk images only; a partition takes partition images, and partitions out of disk images. */
export function imageOptions(images: readonly ImageView[], disks: readonly Disk[], target: DiskTarget): ImageOptions {
  if (target.partition === undefined) return { sameType: images.flatMap(wholeDisk), otherType: [] }
  const partition = partitionAt(disks, target)
  const options = images.flatMap(volumes)
  return {
    sameType: options.filter(({ filesystem }) => filesystem === partition?.filesystem).map(({ option }) => option),
    otherType: options.filter(({ filesystem }) => filesystem !== partition?.filesystem).map(({ option }) => option),
  }
}

/** @param volume which partition of a disk image; one of a partition is as it is */
export function optionNamed({ sameType, otherType }: ImageOptions, name: string, volume: number | undefined): ImageOption | undefined {
  return [...sameType, ...otherType].find(({ image, volume: part }) => image.name === name && (image.kind === 'partition' || part?.partition === volume))
}

export function newestRevision({ revisions }: ImageView): RevisionView | undefined {
  return revisions.toSorted((a, b) => b.number - a.number)[0]
}

export function optionKey(image: ImageId, volume?: number): string {
  return volume === undefined ? `${image}` : `${image}.${volume}`
}

function wholeDisk(image: ImageView): ImageOption[] {
  const newest = newestRevision(image)
  if (image.kind !== 'disk' || !newest) return []
  return [{ key: optionKey(image.id), image, minimumSize: newest.volumes.reduce((sum, { minimumSize }) => sum + minimumSize, 0) }]
}

function volumes(image: ImageView): { option: ImageOption; filesystem: Filesystem }[] {
  return (newestRevision(image)?.volumes ?? []).map(({ partition, filesystem, minimumSize }) =>
    image.kind === 'disk'
      ? { filesystem, option: { key: optionKey(image.id, partition), image, volume: { partition, filesystem }, minimumSize } }
      : { filesystem, option: { key: optionKey(image.id), image, minimumSize } },
  )
}

function partitionAt(disks: readonly Disk[], { disk, partition }: DiskTarget): Partition | undefined {
  return disks.find(({ number }) => number === disk)?.partitions.find(({ number }) => number === partition)
}
