import { open, readdir, readFile, readlink } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { runCommand } from '../run/run.ts'

/** How commands are run; the one runner, or a recording. */
export type Run = typeof runCommand

/**
 * Where facts about a computer come from: its tools, /proc, /sys and first sectors. Everything that looks at hardware
 * takes one of these, so that a recording of a machine answers in tests as the machine did.
 */
export interface Machine {
  run: Run
  /** A small text file, trimmed; `undefined` when it cannot be read. */
  text(path: string): Promise<string | undefined>
  /** Up to `length` bytes from `offset` of a file or device; `undefined` when it cannot be read. */
  bytes(path: string, offset: number, length: number): Promise<Uint8Array | undefined>
  /** Names in a folder, sorted; none when there is no such folder. */
  list(path: string): Promise<string[]>
  /** Where a symbolic link points, as written in it. */
  link(path: string): Promise<string | undefined>
  /** IPv4 address of each network interface that has one. */
  addresses(): Record<string, string>
}

const missing = (): undefined => undefined

/** The computer that this process runs on. */
export function thisMachine(run: Run = runCommand): Machine {
  return {
    run,
    text: async (path) => readFile(path, 'utf8').then((text) => text.trim(), missing),
    bytes: async (path, offset, length) => readBytes(path, offset, length).catch(missing),
    list: async (path) => readdir(path).then((names) => names.sort(), () => []),
    link: async (path) => readlink(path).catch(missing),
    addresses: () => {
      const found = Object.entries(networkInterfaces()).map(([name, list]) => [
        name, list?.find((address) => address.family === 'IPv4')?.address ?? '',
      ])
      return Object.fromEntries(found.filter(([, address]) => address !== ''))
    },
  }
}

async function readBytes(path: string, offset: number, length: number): Promise<Uint8Array> {
  await using file = await open(path, 'r')
  const buffer = new Uint8Array(length)
  const { bytesRead } = await file.read(buffer, 0, length, offset)
  return buffer.subarray(0, bytesRead)
}
