/**
 * How it is known of a filesystem that a capture made it small, whoever looks and whenever: by a mark on its medium, in one of two places.
 *
 * - *Ahead* of it, in a sector of its own beginning that it never uses, from before its tool begins to move blocks until that is over:
 *   whatever size it is found with.
 * - *Behind* it, in the first sector that it gave up, for as long as it is captured: there it is in no image.
 *
 * At any moment in between one of the two is on the medium. A filesystem that is smaller than its partition for another reason has neither.
 */
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Device, deviceSize } from '../device.ts'
import { familyOf } from './families.ts'
import type { FilesystemFamily } from './family.ts'
import { readHead } from './block-device.ts'
import type { SourceVolume } from '../used-map/check-source.ts'
import { decodeMark, encodeMark, SECTOR, type ShrinkMark } from './shrink-mark.ts'

export interface FoundMark extends ShrinkMark {
  /** Bytes that the filesystem has now. */
  now: number
  /** Its tool may have been cut short, or be at work; otherwise it is as the tool left it, but for what has used it since. */
  resizing: boolean
}

/** Looks for a mark; writes nothing, and reads 70 KB. Where those cannot be read, there is none. */
export async function findMark(volume: SourceVolume): Promise<FoundMark | undefined> {
  try {
    return await readMarks(volume)
  } catch (error) {
    if (error instanceof ClonaulaError && error.result === 'diskError') return undefined
    throw error
  }
}

async function readMarks({ path, filesystem }: SourceVolume): Promise<FoundMark | undefined> {
  const family = familyOf(filesystem)
  if (!family?.shrinking) return undefined
  const head = await readHead(path)
  const room = await roomOf(path)
  const now = family.size(head)
  for (const place of family.shrinking.unused(head)) {
    const mark = decodeMark(sectorOf(head, place))
    if (mark?.room === room) return { ...mark, now, resizing: true }
  }
  const mark = await readBehind(path, now, room)
  return mark?.room === room && mark.size > now ? { ...mark, now, resizing: false } : undefined
}

/**
 * Says on the medium that a filesystem is going to be resized, and that it is to have `size` bytes in the end.
 * @returns false when there is no place for it, and nothing was written
 */
export async function markAhead(device: string, family: FilesystemFamily, size: number): Promise<boolean> {
  const head = await readHead(device)
  const places = family.shrinking?.unused(head) ?? []
  const place = places.find((one) => decodeMark(sectorOf(head, one))) ?? places.find((one) => sectorOf(head, one).every((byte) => byte === 0))
  if (place === undefined) return false
  await write(device, encodeMark({ size, room: await roomOf(device) }), place)
  return true
}

/** When the tool is done: a filesystem that is smaller than `size` has the mark behind it, and none has one ahead. */
export async function settleMark(device: string, family: FilesystemFamily, size: number): Promise<void> {
  const now = family.size(await readHead(device))
  if (now < size) await write(device, encodeMark({ size, room: await roomOf(device) }), now)
  await clearAhead(device, family)
}

/** Takes away the mark behind a filesystem: before it grows over it, or when its owner has decided on its size. */
export async function clearBehind(device: string, family: FilesystemFamily): Promise<void> {
  const now = family.size(await readHead(device))
  if (await readBehind(device, now, await roomOf(device))) await write(device, new Uint8Array(SECTOR), now)
}

export async function clearAhead(device: string, family: FilesystemFamily): Promise<void> {
  const head = await readHead(device)
  for (const place of family.shrinking?.unused(head) ?? []) {
    if (decodeMark(sectorOf(head, place))) await write(device, new Uint8Array(SECTOR), place)
  }
}

/** Forgets that a volume was ever shrunk: it has got an image, and is as small as it is because that was asked for. */
export async function forgetMarks({ path, filesystem }: SourceVolume): Promise<void> {
  const family = familyOf(filesystem)
  if (!family?.shrinking) return
  await clearBehind(path, family)
  await clearAhead(path, family)
}

async function readBehind(path: string, now: number, room: number): Promise<ShrinkMark | undefined> {
  if (!Number.isSafeInteger(now) || now <= 0 || now + SECTOR > room) return undefined
  const device = await Device.open(path)
  try {
    const sector = new Uint8Array(SECTOR)
    await device.read(sector, now)
    return decodeMark(sector)
  } finally {
    await device.close()
  }
}

async function write(path: string, sector: Uint8Array, offset: number): Promise<void> {
  const device = await Device.open(path, { write: true, exclusive: true })
  try {
    await device.write(sector, offset)
    await device.flush()
  } finally {
    await device.close()
  }
}

/** Whole sectors, of which a loop device has as many as its file. */
async function roomOf(path: string): Promise<number> {
  return Math.floor(await deviceSize(path) / SECTOR) * SECTOR
}

function sectorOf(head: DataView, place: number): Uint8Array {
  return new Uint8Array(head.buffer, head.byteOffset + place, SECTOR)
}
