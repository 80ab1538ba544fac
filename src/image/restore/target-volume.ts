import { equalBytes } from '#shared/formats/bytes.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { DISK_VOLUME, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { sha256 } from '../codecs.ts'
import type { Extent } from '../extents.ts'
import type { OpenPlaces } from './open-places.ts'
import {
  bitmapBytes, bitmapShift, decodeRecord, encodeRecord, HEAD, recordOffset, SECTOR, slotOffset,
  type RecordState, type RestoreRecord,
} from './record.ts'
import type { TargetDevice } from './target-device.ts'

/** What is known of a target before anything is read from it. */
export interface VolumeIntent {
  /** Position in the list of volumes. */
  position: number
  facts: VolumeFacts
  device: TargetDevice
  /** Name of the manifest that is restored. */
  manifest: Sha256Hex
}

/**
 * A target and the volume that it gets. From `begin` on its head (the first MiB) carries the record of the restore, so that
 * no system sees a filesystem there; the head's own bytes wait in memory, and are written by `writeHead` and `finish` when all
 * the rest is on the medium.
 *
 * The disk itself (volume 0) has no head and no record: its areas lie around a partition table that is not part of them.
 */
export class TargetVolume {
  readonly position: number
  readonly facts: VolumeFacts
  readonly device: TargetDevice
  readonly #manifest: Sha256Hex
  /** Where the record lies. */
  readonly #sector: number | undefined
  readonly #head: Buffer
  /** How far the restore of this volume is: the head's bytes are in memory before `head`, those of the record's sector before `whole`. */
  #stage: 'untouched' | 'begun' | 'head' | 'whole' = 'untouched'
  #record: RestoreRecord | undefined

  constructor({ position, facts, device, manifest }: VolumeIntent) {
    this.position = position
    this.facts = facts
    this.device = device
    this.#manifest = manifest
    this.#sector = facts.number === DISK_VOLUME ? undefined : recordOffset(facts.filesystem, device.size)
    this.#head = Buffer.alloc(this.#sector === undefined ? 0 : Math.min(HEAD, device.size))
  }

  /** Bytes at the start that are written last. */
  get headLength(): number {
    return this.#head.length
  }

  get begun(): boolean {
    return this.#stage !== 'untouched'
  }

  /**
   * Looks for the record of a restore of the same volume that did not come to its end, and closes the places that it lists.
   * @returns `partial` when some of the other places may be right too
   */
  async resume(open: OpenPlaces): Promise<RecordState | undefined> {
    const record = await this.#readRecord()
    if (record === undefined) return undefined
    if (record.state === 'body') open.closeFrom(this.position, this.headLength)
    else if (record.listed > 0) {
      const bitmap = await this.#readBitmap(record, open.places.range(this.position).count)
      if (bitmap === undefined) return 'partial'
      open.closeListed(this.position, bitmap, record.shift)
    } else return record.state // it had only begun: so it begins again
    this.#record = record
    this.#stage = 'begun'
    return record.state
  }

  async #readRecord(): Promise<RestoreRecord | undefined> {
    if (this.#sector === undefined) return undefined
    const sector = new Uint8Array(SECTOR)
    await this.device.read(sector, this.#sector)
    const record = decodeRecord(sector, sha256)
    const same = record?.manifest === this.#manifest && record.volume === this.facts.number && record.size === this.device.size
    return same ? record : undefined
  }

  async #readBitmap({ slot, listed, shift, digest }: RestoreRecord, places: number): Promise<Uint8Array | undefined> {
    if (listed !== bitmapBytes(places, shift) || slotOffset(slot) + listed > this.headLength) return undefined
    const bitmap = new Uint8Array(listed)
    await this.device.read(bitmap, slotOffset(slot))
    return equalBytes(sha256(bitmap), digest) ? bitmap : undefined
  }

  /**
   * Takes away every sign of what was there, and writes the record; a restore that is resumed has done so already.
   * The magic numbers go first and alone, so that nothing that is still recognised is damaged at any moment.
   */
  async begin(partial: boolean, used: readonly Extent[]): Promise<void> {
    if (this.begun || this.#sector === undefined) return
    for (const { offset, length } of await this.device.signatures()) {
      const inBody = offset >= this.headLength && used.some((extent) => offset < extent.offset + extent.length && extent.offset < offset + length)
      if (!inBody) await this.device.write(new Uint8Array(length), offset)
    }
    await this.device.flush()
    await this.device.write(new Uint8Array(this.headLength), 0)
    await this.#writeRecord({ state: partial ? 'partial' : 'listed', slot: 1, shift: 0, listed: 0, digest: new Uint8Array(32) })
    await this.device.flush()
    this.#stage = 'begun'
  }

  /** Lists what is closed and on the medium. What is written while it works may or may not be in the list. */
  async renew(open: OpenPlaces): Promise<void> {
    const shift = bitmapShift(open.places.range(this.position).count, this.device.size)
    if (this.#record === undefined || this.#stage !== 'begun' || shift === undefined) return
    const bitmap = open.list(this.position, this.headLength, shift)
    const slot = this.#record.slot === 0 ? 1 : 0
    await this.device.flush() // also has the record of before on the medium, so that its bitmap's turn is over
    await this.device.write(bitmap, slotOffset(slot))
    await this.device.flush()
    await this.#writeRecord({ state: this.#record.state, slot, shift, listed: bitmap.length, digest: sha256(bitmap) })
  }

  async #writeRecord(facts: Omit<RestoreRecord, 'manifest' | 'volume' | 'size'>): Promise<void> {
    this.#record = { ...facts, manifest: this.#manifest, volume: this.facts.number, size: this.device.size }
    await this.device.write(encodeRecord(this.#record, sha256), this.#sector!)
  }

  /** Keeps bytes of the head that the target has already, before `begin` takes them away. */
  keep(bytes: Uint8Array, offset: number): void {
    if (offset < this.headLength) this.#head.set(bytes.subarray(0, this.headLength - offset), offset)
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    this.keep(bytes, offset)
    const inHead = Math.max(0, Math.min(bytes.length, this.headLength - offset))
    if (inHead < bytes.length) await this.device.write(bytes.subarray(inHead), offset + inHead)
  }

  /** Reads what the target has, or is going to have: the head's bytes come from memory until they are written. */
  async read(into: Uint8Array, offset: number): Promise<void> {
    await this.device.read(into, offset)
    if (this.#stage === 'begun') this.#overlay(into, offset, { offset: 0, length: this.headLength })
    if (this.#stage === 'head') this.#overlay(into, offset, { offset: this.#sector!, length: SECTOR })
  }

  #overlay(into: Uint8Array, offset: number, range: Extent): void {
    const start = Math.max(offset, range.offset)
    const end = Math.min(offset + into.length, range.offset + range.length)
    if (start < end) into.set(this.#head.subarray(start, end), start - offset)
  }

  /** Has everything but the sector of the record on the medium. Only when this is done is it the turn of `finish`. */
  async writeHead(): Promise<void> {
    await this.device.flush()
    if (this.#sector === undefined || !this.begun) return
    await this.#writeRecord({ state: 'body', slot: 0, shift: 0, listed: 0, digest: new Uint8Array(32) })
    await this.device.flush()
    await this.device.write(this.#head.subarray(0, this.#sector), 0)
    await this.device.write(this.#head.subarray(this.#sector + SECTOR), this.#sector + SECTOR)
    await this.device.flush()
    this.#stage = 'head'
  }

  /** Puts the signature's sector in the record's place: now there is a filesystem. */
  async finish(): Promise<void> {
    if (this.#stage !== 'head') return
    await this.device.write(this.#head.subarray(this.#sector, this.#sector! + SECTOR), this.#sector!)
    await this.device.flush()
    this.#stage = 'whole'
  }

  /** Has the next restore look at everything again: the medium did not keep what it was given. */
  async distrust(): Promise<void> {
    if (!this.begun) return
    await this.#writeRecord({ state: 'partial', slot: 0, shift: 0, listed: 0, digest: new Uint8Array(32) })
    await this.device.flush()
  }

  /** Compares the sector that `finish` wrote with what the medium has. @throws `diskError` */
  async verifySector(): Promise<void> {
    if (this.#sector === undefined || this.#stage !== 'whole') return
    const sector = new Uint8Array(SECTOR)
    await this.device.dropCache()
    await this.device.read(sector, this.#sector)
    if (!equalBytes(sector, this.#head.subarray(this.#sector, this.#sector + SECTOR))) throw readsBackDifferently(this.device, this.#sector)
  }
}

export function readsBackDifferently({ path }: TargetDevice, offset: number): ClonaulaError {
  return new ClonaulaError('diskError', `${path}: what was written at byte ${offset} reads back differently`,
    { target: path, problem: `verify, byte ${offset}`, device: path, action: 'verify', offset })
}
