import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '#image/index.ts'
import { fill, fillUnix, noise } from '../support.ts'

/** Windows' attributes of a file: hidden + system, and the one that has a folder's new files compressed. */
const HIDDEN_SYSTEM = '0x00000006'
const COMPRESSED = '0x00000800'
/** A security descriptor ([MS-DTYP] 2.4.6) that lets a user of some domain (S-1-5-21-1-2-3-1001) read: no file has it by itself. */
export const READ_BY_USER = '0x0100048014000000240000000000000034000000010200000000000520000000200200000102000000000005200000002002000002002c00'
  + '0100000000002400a9001200010500000000000515000000010000000200000003000000e9030000'

/** What Linux keeps of files besides their bytes: see `fillUnix`, and ACLs, attributes of the system's own, a folder of 3,000 names. */
export async function fillLinux(folder: string): Promise<void> {
  await fillUnix(folder)
  await runCommand(['setfacl', '--modify', 'user:1234:r-x,group:567:rw-', join(folder, 'large-1')])
  await runCommand(['setfacl', '--default', '--modify', 'user:1234:rwx', join(folder, 'deep')])
  await runCommand(['setfattr', '--name', 'trusted.clonaula', '--value', 'aula', join(folder, 'large-3')])
  await runCommand(['setfattr', '--name', 'security.capability', '--value', '0x0100000200040000000000000000000000000000', join(folder, 'large-5')])
  await mkdir(join(folder, 'many'))
  for (let at = 0; at < 3000; at += 1) await writeFile(join(folder, 'many', `file with a name ${at}`), '')
}

/** What btrfs has besides: subvolumes, a snapshot that shares its blocks with one, clones, compressed files. */
export async function addBtrfs(folder: string): Promise<void> {
  const home = join(folder, '@home')
  await runCommand(['btrfs', 'subvolume', 'create', home])
  await writeFile(join(home, 'noise'), noise('home', 3_000_000))
  await runCommand(['btrfs', 'property', 'set', home, 'compression', 'zstd'])
  await writeFile(join(home, 'text'), 'aula de informática\n'.repeat(200_000))
  await runCommand(['btrfs', 'subvolume', 'snapshot', '-r', home, join(folder, 'snapshot')])
  await runCommand(['cp', '--reflink=always', join(home, 'noise'), join(home, 'clone')])
}

/** What NTFS has besides: compressed and sparse files, hard links, alternate streams, attributes, an ACL, folders with large indexes. */
export async function fillNtfs(folder: string): Promise<void> {
  await fill(folder)
  const compressed = join(folder, 'compressed')
  await mkdir(compressed)
  await runCommand(['setfattr', '--name', 'system.ntfs_attrib_be', '--value', COMPRESSED, compressed])
  await writeFile(join(compressed, 'text'), 'aula de informática\r\n'.repeat(200_000))
  await writeFile(join(compressed, 'noise'), noise('compressed', 3_000_001))
  await runCommand(['ln', join(folder, 'large-1'), join(folder, 'deep', 'hard')])
  await writeFile(join(folder, 'system'), 'x')
  await runCommand(['setfattr', '--name', 'system.ntfs_attrib_be', '--value', HIDDEN_SYSTEM, join(folder, 'system')])
  await runCommand(['setfattr', '--name', 'system.ntfs_acl', '--value', READ_BY_USER, join(folder, 'large-3')])
  await runCommand(['setfattr', '--name', 'user.Zone.Identifier', '--value', '[ZoneTransfer]', join(folder, 'large-2')])
  await mkdir(join(folder, 'many'))
  for (let at = 0; at < 1000; at += 1) await writeFile(join(folder, 'many', `file with a name ${at}`), '')
}

/** Bytes on the disk of files that take less than they have: sparse and compressed ones. */
export async function describeHoles(folder: string): Promise<string> {
  const names = ['sparse', 'compressed/text']
  const lines = await Promise.all(names.map(async (name) => {
    const facts = await stat(join(folder, name)).catch(() => undefined)
    return facts === undefined ? '' : `${name} ${facts.size} ${facts.blocks * 512 < facts.size / 2 ? 'with holes' : 'filled'}`
  }))
  return lines.filter(Boolean).join('\n')
}

/** Attributes of every namespace, ACLs among them; what NTFS hides is asked for by name. */
export async function describeAttributes(folder: string): Promise<string> {
  const all = await runCommand(['getfattr', '--recursive', '--physical', '--dump', '--match=-', '.'], { cwd: folder })
  const hidden = await Promise.all(['system.ntfs_attrib_be', 'system.ntfs_acl'].map((name) =>
    runCommand(['getfattr', '--recursive', '--physical', '--name', name, '--encoding', 'hex', '.'], { cwd: folder, accept: [0, 1] })))
  return [all, ...hidden].map(({ stdout }) => sections(stdout)).join('')
}

/** getfattr lists files in the order of the folder, which may be another after a resize. */
function sections(output: string): string {
  return output.split('\n\n').sort().join('\n\n')
}

/** Has a file lie far behind the others, beyond what its filesystem will be shrunk to. */
export async function placeFar(folder: string): Promise<void> {
  const filler = join(folder, 'filler')
  await runCommand(['fallocate', '--length', '6G', filler])
  await writeFile(join(folder, 'far'), noise('far', 5_000_000))
  await rm(filler)
}
