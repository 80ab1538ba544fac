/** Where a running console of a data folder listens for the command line of the same machine. */
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'

/** Bytes of a Unix socket's path, the closing zero aside: 104 on macOS, 108 on Linux (`sun_path` of unix(7)). */
const PATH_LIMIT = 103

/**
 * `<data>/control.sock`, which only the folder's owner can reach; on Windows a named pipe, on which
 * everybody else may at most listen in vain (its default rights let only the owner and administrators write).
 * @throws ClonaulaError `invalidRequest` when the system cannot have a socket at so long a path
 */
export function controlPath(dataFolder: string, platform: NodeJS.Platform = process.platform): string {
  const folder = resolve(dataFolder)
  if (platform === 'win32') {
    const name = createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32)
    return `\\\\.\\pipe\\clonaula-${name}`
  }
  const path = join(folder, 'control.sock')
  if (Buffer.byteLength(path) > PATH_LIMIT) {
    const problem = `the data folder's path is too long for a socket: ${folder}`
    throw new ClonaulaError('invalidRequest', problem, { problem })
  }
  return path
}
