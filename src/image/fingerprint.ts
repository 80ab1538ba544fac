import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { toHex } from '#shared/formats/digest.ts'
import { sha256 } from './codecs.ts'
import { blockAttribute, Device } from './device.ts'

/** Every filesystem's superblock is in these first bytes (btrfs' ends at 68 KiB); mounting one writes to it. */
const HEAD = 68 * 1024

/** Fields of a block device's `stat`: sectors that were written to it, and discarded, since the start (Documentation/block/stat.rst). */
const WRITTEN = 6
const DISCARDED = 13

export interface FingerprintOptions {
  /** Whether parts of it that are not read may be written to: a disk of which a partition is in use. */
  shared?: boolean
}

/** What a source looks like from outside, so that a change while it is read does not pass for an image of it. */
export class Fingerprint {
  readonly #path: string
  readonly #options: FingerprintOptions
  readonly #value: string

  private constructor(path: string, options: FingerprintOptions, value: string) {
    this.#path = path
    this.#options = options
    this.#value = value
  }

  static async of(path: string, options: FingerprintOptions = {}): Promise<Fingerprint> {
    return new Fingerprint(path, options, await look(path, options))
  }

  /** @throws `sourceChanged` */
  async check(): Promise<void> {
    if (await look(this.#path, this.#options) === this.#value) return
    throw new ClonaulaError('sourceChanged', `${this.#path} changed while it was read`, { target: this.#path })
  }
}

/** The size and first bytes of anything; a file's time of its last change; what was written to a block device, whoever did. */
async function look(path: string, { shared = false }: FingerprintOptions): Promise<string> {
  const facts = await stat(path, { bigint: true })
  const device = await Device.open(path)
  try {
    const counted = facts.isBlockDevice() && !shared
    // What was written before, and waits in the kernel's memory, counts as written before.
    if (counted) await device.flush().catch(() => undefined)
    const head = new Uint8Array(Math.min(HEAD, device.size))
    // A medium that cannot be read here says so when it is captured; for this it is as good as any content.
    await device.read(head, 0).catch(() => head.fill(0))
    const written = counted ? await writtenTo(Number(facts.rdev)) : ''
    return `${device.size} ${facts.isFile() ? facts.mtimeNs : ''} ${written} ${toHex(sha256(head))}`
  } finally {
    await device.close()
  }
}

async function writtenTo(device: number): Promise<string> {
  const fields = (await blockAttribute(device, 'stat')).trim().split(/\s+/)
  return `${fields[WRITTEN]} ${fields[DISCARDED]}`
}
