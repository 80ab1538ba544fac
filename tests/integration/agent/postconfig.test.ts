import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '#image/index.ts'
import type { Disk } from '#shared/domain/disk.ts'
import { takeInventory } from '../../../src/agent/disk/inventory.ts'
import { thisMachine, type Machine } from '#image/disk/machine.ts'
import type { OperationContext } from '../../../src/agent/operation.ts'
import { Esp } from '../../../src/agent/postconfig/esp.ts'
import { installEfiLoader } from '../../../src/agent/postconfig/linux-efi.ts'
import { Mounts } from '../../../src/agent/postconfig/mounts.ts'
import { prepareUefi } from '../../../src/agent/postconfig/uefi.ts'
import { texts } from '../../../src/agent/text/texts.ts'
import { LoopDisk, MIB } from './loop-disk.ts'

/** A disk with an ESP (1) and an empty ext4 (2); firmware that only exists on paper. */
let disk: LoopDisk
let folder: string
let firmware: string[]
let lines: string[]

const BOOT_ENTRIES = `BootCurrent: 0001
BootOrder: 0000,0001
Boot0000* debian\tHD(1,GPT,00000000-0000-0000-0000-000000000000,0x800,0x10000)/File(\\EFI\\debian\\shimx64.efi)
Boot0001* UEFI PXEv4\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400770001,1)/IPv4(0.0.0.0)
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-postconfig-'))
  disk = await LoopDisk.create(128 * MIB)
  await disk.table('label: gpt\nsize=40MiB, type=U\ntype=L\n')
  await runCommand(['mkfs.vfat', disk.partition(1)])
  await runCommand(['mkfs.ext4', '-q', disk.partition(2)])
})

afterAll(async () => {
  await disk?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** This computer, but with firmware variables of its own. */
function machine(): Machine {
  const real = thisMachine()
  let entries = BOOT_ENTRIES
  return {
    ...real,
    list: async (path) => (path.endsWith('/efivars') ? ['BootOrder'] : real.list(path)),
    run: async (argv, options) => {
      if (argv[0] !== 'efibootmgr') return real.run(argv, options)
      firmware.push(argv.slice(1).join(' '))
      if (argv.includes('--create-only')) entries += 'Boot0002* debian\tHD(1,GPT,x)/File(\\EFI\\debian\\shimx64.efi)\n'
      if (argv.includes('--delete-bootnum')) entries = entries.replace(/^Boot0000.*\n/m, '')
      return { code: 0, stdout: entries, stderr: '' }
    },
  }
}

function context(): OperationContext {
  firmware = []
  lines = []
  return {
    machine: machine(), only: [disk.device], state: folder, signal: new AbortController().signal,
    openRepository: () => { throw new Error('no repository is needed') },
    openChannel: () => { throw new Error('nothing is transferred') },
    onProgress: () => undefined,
    log: { step: (_, text) => { lines.push(text) }, warn: (text) => { lines.push(text) } },
    texts: texts('en'), language: 'en',
  }
}

async function inventory(given: OperationContext): Promise<Disk[]> {
  return (await takeInventory(given.machine, given.only)).hardware.disks
}

const esp = (): Esp => new Esp(disk.partition(1), runCommand)
const text = async (path: string): Promise<string> =>
  (await runCommand(['mtype', '-i', disk.partition(1), `::/${path}`], { env: { MTOOLS_SKIP_CHECK: '1' } })).stdout

describe('an EFI partition', () => {
  test('without loaders is named, and the firmware left alone', async () => {
    const given = context()
    const disks = await inventory(given)
    await prepareUefi(disks[0] as Disk, disks, given)
    expect(lines).toEqual([texts('en').noLoader(disk.partition(1))])
    expect(firmware).toEqual([])
  })

  test('gets the signed loaders of a system that came alone, and the way to its filesystem', async () => {
    const root = join(folder, 'root')
    const files = {
      'usr/lib/os-release': 'ID=debian\n', 'usr/lib/shim/shimx64.efi.signed': 'signed shim', 'usr/lib/shim/mmx64.efi.signed': 'signed mm',
      'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed': 'signed grub',
    }
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(root, path, '..'), { recursive: true })
      await writeFile(join(root, path), content)
    }
    expect(await installEfiLoader(esp(), { root, bootUuid: 'first', grubFolder: '/boot/grub' })).toBe('EFI/debian')
    expect(await text('EFI/debian/shimx64.efi')).toBe('signed shim')

    // Another system of the same vendor: its loaders stay out, its filesystem takes over.
    await writeFile(join(root, 'usr/lib/shim/shimx64.efi.signed'), 'another shim')
    await installEfiLoader(esp(), { root, bootUuid: 'second', grubFolder: '/grub' })
    expect(await text('EFI/debian/shimx64.efi')).toBe('signed shim')
    expect(await text('EFI/debian/grub.cfg')).toBe("search.fs_uuid second root\nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n")
  })

  test('gets a default loader, and the firmware an entry behind the network', async () => {
    const given = context()
    const disks = await inventory(given)
    await prepareUefi(disks[0] as Disk, disks, given)
    expect((await esp().files('EFI')).filter((file) => file.startsWith('EFI/BOOT/')).sort()).toEqual([
      'EFI/BOOT/BOOTX64.EFI', 'EFI/BOOT/grubx64.efi', 'EFI/BOOT/mmx64.efi',
    ])
    expect(await text('EFI/BOOT/BOOTX64.EFI')).toBe('signed shim')
    expect(firmware.filter((command) => command !== '--verbose')).toEqual([
      '--quiet --bootnum 0000 --delete-bootnum',
      `--quiet --create-only --disk ${disk.device} --part 1 --label debian --loader \\EFI\\debian\\shimx64.efi`,
      '--quiet --bootorder 0001,0002',
    ])
  })

  test('keeps the default loader that it has', async () => {
    await esp().write('of the vendor', 'EFI/BOOT/BOOTX64.EFI')
    const given = context()
    const disks = await inventory(given)
    await prepareUefi(disks[0] as Disk, disks, given)
    expect(await text('EFI/BOOT/BOOTX64.EFI')).toBe('of the vendor')
  })
})

describe('mounts', () => {
  const mounted = async (): Promise<string[]> => (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(folder))

  test('are undone, those of the live system inside too, when the work fails', async () => {
    const work = async (): Promise<void> => {
      await using mounts = await Mounts.under(folder, runCommand)
      await mounts.mount(disk.partition(2))
      for (const name of ['dev', 'proc', 'sys']) {
        await mkdir(join(mounts.root, name), { recursive: true })
        await mounts.bind(`/${name}`)
      }
      expect(await readFile(join(mounts.root, 'proc/version'), 'utf8')).toContain('Linux')
      expect((await mounted()).length).toBeGreaterThanOrEqual(4)
      throw new Error('the work failed')
    }
    await expect(work()).rejects.toThrow('the work failed')
    expect(await mounted()).toEqual([])
    expect(await readFile('/proc/self/mounts', 'utf8')).toContain(' /proc ')
  })
})
