import type { Filesystem, Partition } from '#shared/domain/disk.ts'
import { isEsp } from '#image/disk/partition-type.ts'

/** A partition that the restored system will see, and its device. */
export interface KnownPartition extends Pick<Partition, 'number' | 'filesystem' | 'filesystemUuid' | 'uuid' | 'type'> {
  /** The disk's device, and the partition's. */
  disk: string
  device: string
}

export interface FstabFacts {
  /** The partition that holds this fstab. */
  root: KnownPartition
  /** Every partition of this computer. */
  known: readonly KnownPartition[]
}

export interface FixedFstab {
  text: string
  /** The lines that changed, as they are now. */
  changes: string[]
}

/**
 * An fstab for the computer that the system is on now. Filesystem UUIDs come along with a restore, so most lines stay. What does
 * not: PARTUUIDs and device names of the reference machine, and the partitions of it that are not here. systemd waits 90
 * seconds for each of those and then refuses to start, unless they are `nofail`.
 */
export function fixFstab(text: string, facts: FstabFacts): FixedFstab {
  const changes: string[] = []
  const lines = text.split('\n').map((line) => {
    const fixed = fixLine(line, facts)
    if (fixed !== line) changes.push(fixed)
    return fixed
  })
  return { text: lines.join('\n'), changes }
}

/** fs_spec, fs_file, fs_vfstype, fs_mntops, the rest; fstab(5). */
const ENTRY = /^(\s*)(\S+)(\s+)(\S+)(\s+)(\S+)(\s+)(\S+)(.*)$/

function fixLine(line: string, facts: FstabFacts): string {
  const match = ENTRY.exec(line)
  if (match === null || line.trimStart().startsWith('#')) return line
  const [, indent, spec = '', gap1, file = '', gap2, type = '', gap3, options = '', rest] = match
  const write = (newSpec: string, newOptions: string): string =>
    `${indent}${newSpec}${gap1}${file}${gap2}${type}${gap3}${newOptions}${rest}`
  if (!isLocal(spec) || isHere(spec, file, facts)) return line
  const substitute = stand({ spec, file, type }, facts)
  if (substitute !== undefined) return write(identify(substitute), options)
  return options.split(',').includes('nofail') ? line : write(spec, `${options},nofail`)
}

const isLocal = (spec: string): boolean => /^(UUID|PARTUUID|LABEL|PARTLABEL)=|^\/dev\/(sd|hd|vd|nvme|mmcblk|disk\/by-)/.test(spec)

/** Whether the line means a partition of this computer, and for `/` the right one. */
function isHere(spec: string, file: string, { root, known }: FstabFacts): boolean {
  const candidates = file === '/' ? [root] : known
  const [key, value] = split(spec)
  const wanted = value.replaceAll('"', '').toLowerCase()
  switch (key) {
    case 'UUID':
      return candidates.some(({ filesystemUuid }) => filesystemUuid.toLowerCase() === wanted)
    case 'PARTUUID':
      return candidates.some(({ uuid }) => uuid.toLowerCase() === wanted)
    // Labels come along with the filesystem; a device's name may be another's here, even if there is one of that name.
    default:
      return key.endsWith('LABEL')
  }
}

/** `UUID=x` → its two parts; a device's path has no first part. */
function split(spec: string): [string, string] {
  const at = spec.indexOf('=')
  return [spec.slice(0, Math.max(at, 0)), spec.slice(at + 1)]
}

interface Entry {
  spec: string
  file: string
  type: string
}

/** The partition of this computer that does the job of one that stayed behind: on the system's own disk, or nowhere. */
function stand({ spec, file, type }: Entry, { root, known }: FstabFacts): KnownPartition | undefined {
  const near = known.filter(({ disk }) => disk === root.disk)
  if (file === '/') return root
  if (file === '/boot/efi' || file === '/efi') return only(near.filter(isEsp))
  const suitable = near.filter(({ device, filesystem }) => device !== root.device && suits(type, filesystem))
  if (type === 'swap') return only(suitable)
  const number = spec.startsWith('/dev/') ? Number(/\d+$/.exec(spec)?.[0]) : Number.NaN
  return suitable.find((partition) => partition.number === number)
}

/** The kernel's names of filesystems in fstab, and blkid's. */
function suits(type: string, filesystem: Filesystem): boolean {
  return type === filesystem || (type === 'vfat' && filesystem.startsWith('fat')) || (type === 'ntfs-3g' && filesystem === 'ntfs')
}

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined)

const identify = ({ filesystemUuid, uuid, device }: KnownPartition): string =>
  filesystemUuid !== '' ? `UUID=${filesystemUuid}` : uuid !== '' ? `PARTUUID=${uuid}` : device
