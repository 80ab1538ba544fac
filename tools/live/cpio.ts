/** File types of `mode`, as in stat(2). */
export const S_IFDIR = 0o040000
export const S_IFREG = 0o100000
export const S_IFLNK = 0o120000

/** A member of an archive with its bytes: a link's are its target, a folder has none. */
export interface Member {
  name: string
  mode: number
  data: Buffer
}

/**
 * Writes a cpio archive of the `newc` form (magic 070701, the one that Linux unpacks as initramfs:
 * Documentation/driver-api/early-userspace/buffer-format.rst). Everything belongs to root and has the same time,
 * inodes are numbered in order, so that the same members give the same bytes.
 *
 *     070701 ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
 *     └ 6 characters, then 13 fields of 8 hexadecimal digits; name and data are each padded to 4 bytes
 */
export function writeCpio(members: readonly Member[], mtime: number): Buffer {
  const parts = members.flatMap((member, index) => encodeMember(member, index + 1, mtime))
  return Buffer.concat([...parts, ...encodeMember({ name: 'TRAILER!!!', mode: 0, data: Buffer.alloc(0) }, 0, 0)])
}

function encodeMember({ name, mode, data }: Member, inode: number, mtime: number): Buffer[] {
  const nameBytes = Buffer.from(`${name}\0`)
  const links = (mode & S_IFDIR) === S_IFDIR ? 2 : 1
  const fields = [inode, mode, 0, 0, links, mtime, data.length, 0, 0, 0, 0, nameBytes.length, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, nameBytes, padding(header.length + nameBytes.length), data, padding(data.length)]
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4)
}
