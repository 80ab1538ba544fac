import { describe, expect, test } from 'vitest'
import { bootOrder, createCommand, parseEfibootmgr, staleEntries } from './boot-entries.ts'
import { fallbackCopies, findLoaders, hasDefaultLoader } from './loaders.ts'

const ESP = '7b35026a-8b15-a040-b7eb-6fa91d839deb'
const OUTPUT = `BootCurrent: 0003
Timeout: 1 seconds
BootOrder: 0001,0000,0003,0004,0005
Boot0000* Windows Boot Manager\tHD(1,GPT,${ESP},0x800,0x32000)/File(\\EFI\\MICROSOFT\\BOOT\\BOOTMGFW.EFI)WINDOWS.........x...
Boot0001* debian\tHD(2,GPT,99999999-0000-0000-0000-000000000000,0x1000,0x14000)/File(\\EFI\\debian\\shimx64.efi)
Boot0003* UEFI PXEv4 (MAC:525400770001)\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400770001,1)/IPv4(0.0.0.00.0.0.0,0,0)
Boot0004  UEFI: USB stick\tPciRoot(0x0)/Pci(0x4,0x0)/USB(0,0)
Boot0005* Onboard NIC\tPciRoot(0x0)/Pci(0x3,0x0)/MAC(525400770002,1)/IPv6([::]:<->[::]:,0,0)
`
const FILES = [
  'EFI/BOOT/fbx64.efi', 'EFI/debian/shimx64.efi', 'EFI/debian/grubx64.efi', 'EFI/debian/mmx64.efi', 'EFI/debian/grub.cfg',
  'EFI/Microsoft/Boot/bootmgfw.efi', 'EFI/Microsoft/Boot/BCD',
]

describe('loaders', () => {
  test('finds Linux before Windows, shim before GRUB', () => {
    expect(findLoaders(FILES)).toEqual([
      { label: 'debian', path: 'EFI/debian/shimx64.efi', windows: false },
      { label: 'Windows Boot Manager', path: 'EFI/Microsoft/Boot/bootmgfw.efi', windows: true },
    ])
    expect(findLoaders(['EFI/BOOT/BOOTX64.EFI', 'EFI/tools/readme.txt'])).toEqual([])
  })

  test('knows the default loader in any case of letters', () => {
    expect(hasDefaultLoader(FILES)).toBe(false)
    expect(hasDefaultLoader([...FILES, 'EFI/Boot/bootx64.efi'])).toBe(true)
  })

  test('copies shim with what it loads, Windows’ manager alone', () => {
    const [debian, windows] = findLoaders(FILES)
    expect(debian && fallbackCopies(debian, FILES)).toEqual([
      { from: 'EFI/debian/shimx64.efi', to: 'EFI/BOOT/BOOTX64.EFI' },
      { from: 'EFI/debian/grubx64.efi', to: 'EFI/BOOT/grubx64.efi' },
      { from: 'EFI/debian/mmx64.efi', to: 'EFI/BOOT/mmx64.efi' },
    ])
    expect(windows && fallbackCopies(windows, FILES)).toHaveLength(1)
  })
})

describe('the firmware’s entries', () => {
  const entries = parseEfibootmgr(OUTPUT)
  const place = { disk: '/dev/nvme0n1', partition: 2, uuid: ESP }
  const [debian, windows] = findLoaders(FILES)

  test('are read', () => {
    expect(entries.current).toBe('0003')
    expect(entries.order).toEqual(['0001', '0000', '0003', '0004', '0005'])
    expect(entries.entries.map(({ number, label }) => `${number} ${label}`)).toEqual([
      '0000 Windows Boot Manager', '0001 debian', '0003 UEFI PXEv4 (MAC:525400770001)', '0004 UEFI: USB stick', '0005 Onboard NIC',
    ])
  })

  test('that mean the same loader here, or on a disk that is gone, are replaced', () => {
    const stale = (loader: typeof debian, known: string[]) => loader && staleEntries(entries.entries, loader, place, known).map(({ number }) => number)
    expect(stale(windows, [ESP])).toEqual(['0000'])
    expect(stale(debian, [ESP])).toEqual(['0001'])
    expect(stale(debian, [ESP, '99999999-0000-0000-0000-000000000000'])).toEqual([])
  })

  test('are made with backslashes', () => {
    expect(debian && createCommand(debian, place).slice(2)).toEqual([
      '--create-only', '--disk', '/dev/nvme0n1', '--part', '2', '--label', 'debian', '--loader', '\\EFI\\debian\\shimx64.efi',
    ])
  })

  test('stay in order behind the network, the card of this start first', () => {
    expect(bootOrder({ ...entries, current: '0005' }, ['0001', '0000'])).toEqual(['0005', '0003', '0001', '0000', '0004'])
    expect(bootOrder(entries, ['0001', '0000', '0099'])).toEqual(['0003', '0005', '0001', '0000', '0004'])
  })
})
