import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runCommand, streamCommand } from '#image/index.ts'
import type { Extent } from '#image/extents.ts'
import type { WriteDevice } from '#image/nbd/block-device.ts'
import { NbdServer } from '#image/nbd/server.ts'
import type { Bench } from './support.ts'

/** What a medium does where it is bad: refuses to be read, refuses to be written, or takes what it is given and forgets it. */
export type Fault = 'read' | 'write' | 'forget'

interface BadPlace extends Extent {
  fault: Fault
}

/** A medium in memory with bad places. */
class FaultyMedium implements WriteDevice {
  readonly bytes: Buffer
  bad: BadPlace[] = []

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get size(): number {
    return this.bytes.length
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    this.#refuse('read', offset, into.length)
    into.set(this.bytes.subarray(offset, offset + into.length))
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    this.#refuse('write', offset, bytes.length)
    const before = this.#hits('forget', offset, bytes.length).map((place) => ({ place, bytes: Buffer.from(this.#at(place)) }))
    this.bytes.set(bytes, offset)
    for (const { place, bytes: old } of before) this.#at(place).set(old)
  }

  async zero(offset: number, length: number): Promise<void> {
    await this.write(new Uint8Array(length), offset)
  }

  async flush(): Promise<void> {
    // It has no cache.
  }

  #at({ offset, length }: Extent): Buffer {
    return this.bytes.subarray(offset, offset + length)
  }

  #refuse(fault: Fault, offset: number, length: number): void {
    if (this.#hits(fault, offset, length).length > 0) throw new Error(`no ${fault} at byte ${offset}`)
  }

  #hits(fault: Fault, offset: number, length: number): BadPlace[] {
    return this.bad.filter((place) => place.fault === fault && place.offset < offset + length && offset < place.offset + place.length)
  }
}

/** A block device of the kernel that fails where it is told to: a loop device on a file that nbdfuse serves from memory. */
export interface FaultyDisk {
  /** `/dev/loopN` */
  device: string
  medium: FaultyMedium
}

export async function faultyDisk(bench: Bench, bytes: Buffer): Promise<FaultyDisk> {
  const medium = new FaultyMedium(bytes)
  const server = await NbdServer.listen({ listen: { path: join(bench.folder, 'faulty.sock') }, exports: [{ name: '', device: medium }] })
  bench.defer(() => server.close())
  const folder = join(bench.folder, 'faulty')
  await mkdir(folder)
  const fuse = streamCommand(['nbdfuse', join(folder, 'disk'), '--unix', join(bench.folder, 'faulty.sock')])
  fuse.stdin.end()
  fuse.stdout.resume()
  const file = join(folder, 'disk')
  while (!await stat(file).catch(() => undefined)) await Promise.race([sleep(20), fuse.done])
  bench.defer(async () => {
    await runCommand(['umount', '--lazy', folder]) // the loop device may still be about to let go of it
    await fuse.done
  })
  // Past the kernel's memory of the file: of what a medium has, FUSE remembers what it should have.
  return { device: await bench.loop(file, '--direct-io=on'), medium }
}
