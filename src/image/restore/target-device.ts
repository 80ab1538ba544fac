import type { Extent } from '../extents.ts'

/**
 * What a restore writes to. What was written is certain to be on the medium only after the next `flush`; before, the
 * power may go with any part of it there, in any order.
 */
export interface TargetDevice {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Fills `into` from `offset`. @throws `diskError` with the place */
  read(into: Uint8Array, offset: number): Promise<void>
  /** @throws `diskError` with the place */
  write(bytes: Uint8Array, offset: number): Promise<void>
  /** Returns when everything that was written is on the medium. @throws `diskError` */
  flush(): Promise<void>
  /** Has what follows read from the medium and not from the kernel's memory, as far as there is a way to. */
  dropCache(): Promise<void>
  /** The magic numbers by which systems recognise what is on it. */
  signatures(): Promise<Extent[]>
  /** Tells the device that a range holds nothing. @returns false when it cannot be told */
  discard(range: Extent): Promise<boolean>
  close(): Promise<void>
}
