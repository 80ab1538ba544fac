/**
 * `node bring-back.ts PATH FILESYSTEM`: brings back what a capture left small. A process of its own, because a test cannot kill itself.
 */
import { Filesystem } from '#shared/domain/disk.ts'
import { bringBack } from '#image/filesystem/bring-back.ts'

const [path = '', filesystem] = process.argv.slice(2)
await bringBack({ path, filesystem: Filesystem.parse(filesystem) })
