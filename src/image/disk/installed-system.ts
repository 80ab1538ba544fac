import type { Filesystem, InstalledSystem } from '#shared/domain/disk.ts'
import { isExt } from './filesystems.ts'
import type { Machine } from './machine.ts'

/**
 * Which operating system is on a partition, found without mounting it: debugfs and ntfsls open the device read-only and
 * replay no journal, so that looking never changes what is going to be captured.
 */
export async function installedSystem(
  machine: Machine, device: string, filesystem: Filesystem,
): Promise<InstalledSystem | undefined> {
  if (filesystem === 'ntfs') return windows(machine, device)
  return isExt(filesystem) ? linuxOnExt(machine, device) : undefined
}

async function linuxOnExt(machine: Machine, device: string): Promise<InstalledSystem | undefined> {
  // debugfs does not follow symbolic links, and /etc/os-release is one to the first of these.
  for (const path of ['/usr/lib/os-release', '/etc/os-release']) {
    const { stdout } = await machine.run(['debugfs', '-c', '-R', `cat ${path}`, device], { accept: [0, 1] })
    const name = parseOsRelease(stdout)
    if (name !== undefined) return { family: 'linux', name }
  }
  return undefined
}

/** The name of a distribution and its version, as os-release(5) gives it for people. */
export function parseOsRelease(text: string): string | undefined {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|'([^']*)'|(\\S*))$`, 'm').exec(text)?.slice(1).find((v) => v !== undefined)
      ?.replaceAll(/\\(.)/g, '$1')
  return (value('PRETTY_NAME') ?? value('NAME') ?? value('ID'))?.slice(0, 200)
}

async function windows(machine: Machine, device: string): Promise<InstalledSystem | undefined> {
  const names = async (path: string): Promise<string[]> => {
    const { stdout } = await machine.run(['ntfsls', '--force', '--path', path, device], { accept: [0, 1] })
    return stdout.split('\n').map((line) => line.trim())
  }
  const folder = (await names('/')).find((name) => name.toLowerCase() === 'windows')
  if (folder === undefined) return undefined
  const inside = await names(`/${folder}`)
  return inside.some((name) => name.toLowerCase() === 'system32') ? { family: 'windows', name: 'Windows' } : undefined
}
