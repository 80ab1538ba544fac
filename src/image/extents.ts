/** A run of bytes of a device. */
export interface Extent {
  offset: number
  length: number
}
