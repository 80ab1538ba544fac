import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { toHex } from '#shared/formats/digest.ts'
import { sha256 } from './codecs.ts'
import { Device } from './device.ts'

/** Every filesystem's superblock is in these first bytes (btrfs' ends at 68 KiB); mounting one writes to it. */
const HEAD = 68 * 1024

/** What a source looks like from outside, so that a change while it is read does not pass for an image of it. */
export class Fingerprint {
  readonly #path: string
  readonly #value: string

  private constructor(path: string, value: string) {
    this.#path = path
    this.#value = value
  }

  static async of(path: string): Promise<Fingerprint> {
    return new Fingerprint(path, await look(path))
  }

  /** @throws `sourceChanged` */
  async check(): Promise<void> {
    if (await look(this.#path) === this.#value) return
    throw new ClonaulaError('sourceChanged', `${this.#path} changed while it was read`, { target: this.#path })
  }
}

/** A file's time of its last change, and the size and first bytes of anything. */
async function look(path: string): Promise<string> {
  const facts = await stat(path, { bigint: true })
  const device = await Device.open(path)
  try {
    const head = new Uint8Array(Math.min(HEAD, device.size))
    // A medium that cannot be read here says so when it is captured; for this it is as good as any content.
    await device.read(head, 0).catch(() => head.fill(0))
    return `${device.size} ${facts.isFile() ? facts.mtimeNs : ''} ${toHex(sha256(head))}`
  } finally {
    await device.close()
  }
}
