/**
 * Memory that begins at a page, as reads past the kernel's cache want it. V8 gives only buffers that may be resized whole pages, also
 * where they never are; `malloc` puts its own note in front of others. A view that does not follow its size is as fast as any.
 */
export function alignedBuffer(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes)
}
