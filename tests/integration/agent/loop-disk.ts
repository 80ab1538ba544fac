import { mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runCommand } from '#image/index.ts'

export const MIB = 1024 * 1024

/** A disk made of a file and a loop device. */
export class LoopDisk {
  readonly device: string
  readonly file: string
  readonly #folder: string

  private constructor(folder: string, file: string, device: string) {
    this.#folder = folder
    this.file = file
    this.device = device
  }

  /** An empty disk. */
  static async create(size: number): Promise<LoopDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'clonaula-disk-'))
    const file = join(folder, 'disk.img')
    await writeFile(file, '')
    await truncate(file, size)
    return LoopDisk.#attach(folder, file)
  }

  /** One with the same content as a disk of which nothing is mounted. */
  static async copyOf(original: LoopDisk): Promise<LoopDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'clonaula-disk-'))
    const file = join(folder, 'disk.img')
    await runCommand(['cp', '--sparse=always', original.file, file])
    const disk = await LoopDisk.#attach(folder, file)
    await runCommand(['partx', '--add', disk.device])
    return disk
  }

  static async #attach(folder: string, file: string): Promise<LoopDisk> {
    const { stdout } = await runCommand(['losetup', '--find', '--show', file])
    const disk = new LoopDisk(folder, file, stdout.trim())
    await disk.#forgetPartitions() // a process that was killed may have left some: a loop device outlives its file
    return disk
  }

  partition(number: number): string {
    return `${this.device}p${number}`
  }

  /** Writes a table (an sfdisk script) and shows its partitions to the kernel. */
  async table(script: string): Promise<void> {
    await runCommand(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', this.device], { stdin: script })
    await runCommand(['partx', '--add', this.device])
  }

  async bytes(partition: number | undefined, offset: number, length: number): Promise<Buffer> {
    await using file = await open(partition === undefined ? this.device : this.partition(partition), 'r')
    const buffer = Buffer.alloc(length)
    await file.read(buffer, 0, length, offset)
    return buffer
  }

  async write(partition: number | undefined, offset: number, bytes: Uint8Array): Promise<void> {
    await using file = await open(partition === undefined ? this.device : this.partition(partition), 'r+')
    await file.write(bytes, 0, bytes.length, offset)
    await file.sync()
  }

  /** Mounts a partition for as long as `work` runs. */
  async mounted<T>(partition: number, work: (folder: string) => Promise<T>, options = 'rw'): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'clonaula-mnt-'))
    await runCommand(['mount', '--options', options, this.partition(partition), folder])
    try {
      return await work(folder)
    } finally {
      for (let attempt = 0; attempt < 20; attempt++) {
        const { code } = await runCommand(['umount', folder], { accept: [0, 1, 32] })
        if (code === 0) break
        await sleep(100)
      }
      await rm(folder, { recursive: true })
    }
  }

  async text(partition: number, path: string): Promise<string> {
    return this.mounted(partition, (folder) => readFile(join(folder, path), 'utf8'), 'ro')
  }

  async #forgetPartitions(): Promise<void> {
    await runCommand(['partx', '--delete', this.device], { accept: [0, 1] })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#forgetPartitions()
    await runCommand(['losetup', '--detach', this.device])
    await rm(this.#folder, { recursive: true })
  }
}
