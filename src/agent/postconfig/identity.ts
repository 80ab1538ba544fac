import { renameInHosts } from './hosts.ts'
import { existsInside, readInside, writeInside } from './inside.ts'

/**
 * Gives a Linux system its own name.
 * @param root Where the system is mounted.
 */
export async function giveName(root: string, name: string): Promise<void> {
  const previous = (await readInside(root, 'etc/hostname') ?? '').trim()
  await writeInside(root, 'etc/hostname', `${name}\n`)
  const hosts = await readInside(root, 'etc/hosts') ?? '127.0.0.1\tlocalhost\n'
  await writeInside(root, 'etc/hosts', renameInHosts(hosts, previous, name))
}

/**
 * Lets it make its own identity instead of sharing the reference machine's, by which DHCP leases and logs are kept:
 * machine-id(5), an empty file is filled at the next start. D-Bus' copy, where it is no link to it, goes the same way.
 * @returns Whether there was one.
 */
export async function emptyMachineId(root: string): Promise<boolean> {
  if (!await existsInside(root, 'etc/machine-id')) return false
  if (await existsInside(root, 'var/lib/dbus/machine-id')) await writeInside(root, 'var/lib/dbus/machine-id', '')
  return writeInside(root, 'etc/machine-id', '')
}
