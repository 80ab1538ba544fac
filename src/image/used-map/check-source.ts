import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Filesystem } from '#shared/domain/disk.ts'
import { Device } from '../device.ts'
import { runCommand } from '../run/run.ts'
import type { CallOptions } from '../store.ts'
import { inspectSuperblock, SUPERBLOCK_BYTES, viewOf } from './superblock.ts'
import { unmappable } from './unmappable.ts'

export interface SourceVolume {
  /** Block device or plain file. */
  path: string
  filesystem: Filesystem
}

/** Exit codes of ntfs-3g.probe (ntfs-3g's `errors.h`, NTFS_VOLUME_…). */
const PROBE = { ok: 0, notNtfs: 12, corrupt: 13, hibernated: 14, uncleanUnmount: 15 } as const

/**
 * Whether a filesystem is in a state to be captured: capturing what waits for a journal, a disk check or a hibernated
 * Windows would freeze that into the image.
 * @throws `dirtyFilesystem` · `hibernated` · `unknownFilesystem` (it is not what it is said to be) · `diskError` …
 */
export async function checkSource(volume: SourceVolume, options: CallOptions = {}): Promise<void> {
  const head = await firstBytes(volume.path)
  switch (inspectSuperblock(volume.filesystem, head)) {
    case 'other': throw problem('unknownFilesystem', volume, `it is not ${volume.filesystem}`)
    case 'dirty': throw problem('dirtyFilesystem', volume, 'it was not unmounted cleanly')
    case 'clean':
  }
  if (volume.filesystem === 'ntfs') await checkNtfs(volume, options)
  // With its log on another device, nobody here can tell.
  if (volume.filesystem === 'xfs' && unmappable('xfs', viewOf(head)) !== 'multiDevice') await checkXfs(volume, options)
}

/** The first bytes of a volume; zeros where it is shorter. */
export async function firstBytes(path: string): Promise<Uint8Array> {
  const device = await Device.open(path)
  try {
    const bytes = new Uint8Array(SUPERBLOCK_BYTES)
    await device.read(bytes.subarray(0, Math.min(device.size, bytes.length)), 0)
    return bytes
  } finally {
    await device.close()
  }
}

async function checkNtfs(volume: SourceVolume, options: CallOptions): Promise<void> {
  const { code, stderr } = await runCommand(['ntfs-3g.probe', '--readwrite', volume.path],
    { ...options, accept: Object.values(PROBE) })
  if (code === PROBE.hibernated) throw problem('hibernated', volume, 'Windows is hibernated in it')
  if (code === PROBE.notNtfs) throw problem('unknownFilesystem', volume, 'it is not NTFS')
  if (code !== PROBE.ok) throw problem('dirtyFilesystem', volume, stderr.trim())
  // The probe does not look at the "check me" flag of $Volume; `-f` lets ntfsinfo show a volume that has it.
  const { stdout } = await runCommand(['ntfsinfo', '--force', '--mft', volume.path], options)
  if (/^\s*Volume Flags:.*\bDIRTY\b/m.test(stdout)) throw problem('dirtyFilesystem', volume, 'Windows will check it first')
}

async function checkXfs(volume: SourceVolume, options: CallOptions): Promise<void> {
  const { stdout } = await runCommand(['xfs_logprint', '-t', volume.path], options)
  if (!/state: <CLEAN>/.test(stdout)) throw problem('dirtyFilesystem', volume, 'its log has to be replayed')
}

function problem(
  result: 'dirtyFilesystem' | 'hibernated' | 'unknownFilesystem', volume: SourceVolume, why: string,
): ClonaulaError {
  return new ClonaulaError(result, `${volume.path} (${volume.filesystem}): ${why}`,
    { device: volume.path, filesystem: volume.filesystem })
}
