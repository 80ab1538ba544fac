import { Readable } from 'node:stream'
import type { BootFile, BootTree, Requester } from './boot-tree.ts'

/** Makes a text for one request; undefined: there is no such file for this requester. */
export type TextMaker = (match: RegExpExecArray, requester: Requester) => string | undefined | Promise<string | undefined>

export interface DynamicFile {
  /** Must match the whole path. */
  pattern: RegExp
  make: TextMaker
}

/** Texts that are made when they are asked for: boot scripts. */
export class DynamicTree implements BootTree {
  readonly #files: readonly DynamicFile[]

  constructor(files: readonly DynamicFile[]) {
    this.#files = files.map(({ pattern, make }) => ({ pattern: new RegExp(`^(?:${pattern.source})$`, pattern.flags), make }))
  }

  async open(path: string, requester: Requester): Promise<BootFile | undefined> {
    for (const { pattern, make } of this.#files) {
      const match = pattern.exec(path)
      if (match === null) continue
      const text = await make(match, requester)
      return text === undefined ? undefined : textFile(text)
    }
    return undefined
  }
}

function textFile(text: string): BootFile {
  const bytes = Buffer.from(text, 'utf8')
  return { size: bytes.length, cacheable: false, read: (start, end) => Readable.from([bytes.subarray(start, end)]) }
}
