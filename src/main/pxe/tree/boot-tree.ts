import type { Readable } from 'node:stream'

/** Who asks for a file, and how. */
export interface Requester {
  /** IP address. */
  address: string
  protocol: 'tftp' | 'http'
  /** What follows the `?` of a URL; empty over TFTP. */
  query: URLSearchParams
}

/** One file as it is at the moment of asking. */
export interface BootFile {
  /** Bytes. */
  size: number
  /** The bytes from `start` up to, not including, `end`; 0 ≤ start ≤ end ≤ size. */
  read(start: number, end: number): Readable
  /** Hexadecimal, when it is known without reading the file. */
  sha256?: string
  /** May be kept by whoever fetched it: false for what is made for one computer at one moment. */
  cacheable: boolean
}

/**
 * The read-only files that TFTP and HTTP give out, by path without a slash at the start, as
 * `normaliseBootPath` gives it. A tree answers undefined for what it does not have.
 */
export interface BootTree {
  open(path: string, requester: Requester): Promise<BootFile | undefined>
}

/** The first tree that has the file wins. */
export function composeTrees(...trees: readonly BootTree[]): BootTree {
  return {
    async open(path, requester) {
      for (const tree of trees) {
        const file = await tree.open(path, requester)
        if (file !== undefined) return file
      }
      return undefined
    },
  }
}
