import type { Run } from '#image/disk/machine.ts'

/** mtools would refuse a FAT whose geometry it does not believe; the image's is as its own system made it. */
const env = { MTOOLS_SKIP_CHECK: '1' }

/**
 * The files of an EFI system partition, by mtools: no mount, so the kernel needs no FAT and nothing has to be undone.
 * Paths have slashes and are compared without case, as FAT does.
 */
export class Esp {
  readonly device: string
  readonly #run: Run

  constructor(device: string, run: Run) {
    this.device = device
    this.#run = run
  }

  /** Every file below a folder, e.g. `EFI/debian/shimx64.efi`. */
  async files(folder: string): Promise<string[]> {
    // 1: there is no such folder.
    const { stdout } = await this.#run(['mdir', '-/', '-a', '-b', '-i', this.device, `::/${folder}`], { env, accept: [0, 1] })
    return stdout.split('\n').filter((line) => line.startsWith('::/') && !line.endsWith('/')).map((line) => line.slice(3).trim())
  }

  async makeFolder(folder: string): Promise<void> {
    // 1: it exists (`-D s` skips it without a question).
    await this.#run(['mmd', '-D', 's', '-i', this.device, `::/${folder}`], { env, accept: [0, 1] })
  }

  /** Brings a file of this computer into the partition; one that exists is left alone. */
  async put(file: string, to: string): Promise<void> {
    await this.#run(['mcopy', '-D', 's', '-i', this.device, file, `::/${to}`], { env })
  }

  /** Writes a small file, over one that exists. */
  async write(text: string, to: string): Promise<void> {
    await this.#run(['mcopy', '-D', 'o', '-i', this.device, '-', `::/${to}`], { env, stdin: text })
  }

  /** Copies within the partition; a file that exists is left alone. */
  async copy(from: string, to: string): Promise<void> {
    await this.#run(['mcopy', '-D', 's', '-m', '-i', this.device, `::/${from}`, `::/${to}`], { env })
  }
}
