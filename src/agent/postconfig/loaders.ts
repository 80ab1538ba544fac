/** What the firmware starts when it has no entry of its own for a disk (UEFI 2.10, 3.5.1.1). */
export const DEFAULT_LOADER = 'EFI/BOOT/BOOTX64.EFI'

/** A way to start an installed system from an EFI partition. */
export interface Loader {
  /** Name of the firmware's entry, as the system's own installer would write it. */
  label: string
  /** `EFI/debian/shimx64.efi` */
  path: string
  windows: boolean
}

const WINDOWS = 'efi/microsoft/boot/bootmgfw.efi'
/** First what starts with Secure Boot on: shim is signed by Microsoft and checks the next one itself. */
const FIRST_STAGES = ['shimx64.efi', 'grubx64.efi', 'systemd-bootx64.efi']

/** The loaders of installed systems among the files of an EFI partition: Linux first, since its menu also starts Windows. */
export function findLoaders(files: readonly string[]): Loader[] {
  const vendors = [...new Set(files.map((file) => file.split('/').slice(0, -1).join('/')))]
    .filter((folder) => /^efi\/[^/]+$/i.test(folder) && folder.toLowerCase() !== 'efi/boot')
  const linux = vendors.flatMap((folder): Loader[] => {
    const path = FIRST_STAGES.flatMap((name) => find(files, `${folder}/${name}`)).at(0)
    return path === undefined ? [] : [{ label: folder.slice('EFI/'.length), path, windows: false }]
  })
  const windows = find(files, WINDOWS).map((path): Loader => ({ label: 'Windows Boot Manager', path, windows: true }))
  return [...linux, ...windows]
}

export function hasDefaultLoader(files: readonly string[]): boolean {
  return find(files, DEFAULT_LOADER).length > 0
}

/**
 * Copies that make a loader the default one. Signed files are copied whole, never made or changed: shim goes with the GRUB
 * and MokManager beside it, because it loads its next stage from its own folder.
 */
export function fallbackCopies(loader: Loader, files: readonly string[]): { from: string; to: string }[] {
  const folder = loader.path.slice(0, loader.path.lastIndexOf('/'))
  const beside = loader.path.toLowerCase().endsWith('/shimx64.efi') ? ['grubx64.efi', 'mmx64.efi'] : []
  return [
    { from: loader.path, to: DEFAULT_LOADER },
    ...beside.flatMap((name) => find(files, `${folder}/${name}`).map((from) => ({ from, to: `EFI/BOOT/${name}` }))),
  ]
}

function find(files: readonly string[], path: string): string[] {
  return files.filter((file) => file.toLowerCase() === path.toLowerCase()).slice(0, 1)
}
