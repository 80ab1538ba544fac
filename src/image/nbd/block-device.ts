/** A run of bytes that can be read anywhere; every offset and length is within `size`. */
export interface ReadDevice {
  /** Bytes. */
  readonly size: number
  /** Fills `into` from `offset`. @throws ClonaulaError, with the place */
  read(into: Uint8Array, offset: number): Promise<void>
}

export interface WriteDevice extends ReadDevice {
  /** Reads give the new bytes as soon as it returns. */
  write(bytes: Uint8Array, offset: number): Promise<void>
  /** As `write` with zeros, without having them in memory. */
  zero(offset: number, length: number): Promise<void>
  /** Returns when what was written before is where it is kept. */
  flush(): Promise<void>
}

export function isWritable(device: ReadDevice | WriteDevice): device is WriteDevice {
  return 'write' in device
}
