import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '#image/index.ts'
import { LoopDisk, MIB } from './loop-disk.ts'

/** Partition numbers of the reference computer's disk. */
export const PART = { biosBoot: 1, esp: 2, ntfs: 3, swap: 5, root: 6 } as const
export const REFERENCE_SIZE = 320 * MIB

const SCRIPT = (device: string): string => `
label: gpt
label-id: 11111111-2222-4333-8444-555555555555
first-lba: 34

${device}p1 : start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name="BIOS boot"
${device}p2 : start=4096, size=81920, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI \\x22System\\x22"
${device}p3 : start=86016, size=122880, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name="Windows, ñ", attrs="GUID:63"
${device}p5 : start=208896, size=20480, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F
${device}p6 : start=229376, size=409600, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=66666666-7777-4888-9999-AAAAAAAAAAAA
`

export interface Reference {
  disk: LoopDisk
  /** Path inside the root filesystem → SHA-256 of each random file. */
  files: Map<string, string>
  rootUuid: string
}

/** A small computer: GPT with BIOS boot, ESP, NTFS with Windows' folders, swap and a Debian root that GRUB starts. */
export async function createReference(): Promise<Reference> {
  const disk = await LoopDisk.create(REFERENCE_SIZE)
  try {
    return await fillDisk(disk)
  } catch (cause) {
    await disk[Symbol.asyncDispose]()
    throw cause
  }
}

async function fillDisk(disk: LoopDisk): Promise<Reference> {
  await disk.table(SCRIPT(disk.device))
  await runCommand(['mkfs.vfat', '-n', 'ESP', disk.partition(PART.esp)])
  await fillEsp(disk)
  await runCommand(['mkntfs', '--fast', '--label', 'Windows', disk.partition(PART.ntfs)])
  await disk.mounted(PART.ntfs, async (folder) => {
    await mkdir(join(folder, 'Windows/System32'), { recursive: true })
    await writeFile(join(folder, 'Windows/System32/data.bin'), randomBytes(3 * MIB))
  })
  await runCommand(['mkswap', '--label', 'swap', '--uuid', '99999999-8888-4777-8666-555555555555', disk.partition(PART.swap)])
  await runCommand(['mkfs.ext4', '-q', '-L', 'root', disk.partition(PART.root)])
  const { stdout } = await runCommand(['blkid', '-p', '-o', 'value', '-s', 'UUID', disk.partition(PART.root)])
  const files = new Map<string, string>()
  await disk.mounted(PART.root, (folder) => fillRoot(disk, folder, stdout.trim(), files))
  return { disk, files, rootUuid: stdout.trim() }
}

/** Loaders of an installed Debian, and none at the default place; their content does not matter. */
async function fillEsp(disk: LoopDisk): Promise<void> {
  const esp = disk.partition(PART.esp)
  await runCommand(['mmd', '-i', esp, '::/EFI', '::/EFI/debian'])
  for (const name of ['shimx64.efi', 'grubx64.efi', 'mmx64.efi']) {
    await runCommand(['mcopy', '-i', esp, '-', `::/EFI/debian/${name}`], { stdin: `${name} of the reference\n` })
  }
}

async function fillRoot(disk: LoopDisk, folder: string, uuid: string, files: Map<string, string>): Promise<void> {
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  await write('usr/lib/os-release', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n')
  await write('etc/hostname', 'reference\n')
  await write('etc/hosts', '127.0.0.1\tlocalhost\n127.0.1.1\treference.aula.local reference\n')
  await write('etc/machine-id', '0123456789abcdef0123456789abcdef\n')
  await write('etc/fstab', `UUID=${uuid} / ext4 errors=remount-ro 0 1\n/dev/sda5 none swap sw 0 0\n`)
  await write('boot/grub/grub.cfg', `search --fs-uuid --set=root ${uuid}\nmenuentry Debian { linux /vmlinuz }\n`)
  for (const [name, size] of [['home/a.bin', 8 * MIB], ['home/b.bin', 5 * MIB + 123], ['home/copy-of-a.bin', 8 * MIB]] as const) {
    const bytes = name === 'home/copy-of-a.bin' ? await readFile(join(folder, 'home/a.bin')) : randomBytes(size)
    await write(name, bytes)
    files.set(name, createHash('sha256').update(bytes).digest('hex'))
  }
  await runCommand(['grub-install', '--target=i386-pc', `--boot-directory=${folder}/boot`, disk.device])
}
