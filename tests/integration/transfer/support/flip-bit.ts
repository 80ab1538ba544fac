import { open } from 'node:fs/promises'

/** Turns one bit in the middle of a file. */
export async function flipBit(path: string): Promise<void> {
  await using file = await open(path, 'r+')
  const at = Math.floor((await file.stat()).size / 2)
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0]! ^= 0x10
  await file.write(byte, 0, 1, at)
  await file.sync()
}
