/** The words of a command line: apart by blanks, or between quotes when they have some themselves. */
import { ClonaulaError } from '../errors.ts'

/** Lines and columns count from 1. */
export interface Word { text: string; line: number; column: number }

/**
 * @param place what is there instead; empty: nothing, or `""` where nothing is expected
 * @param expected as it would be written; absent: nothing
 * @param most commands of one deployment, when there are more
 */
export function commandFault({ text, line, column }: Word, expected?: string, most?: number): ClonaulaError {
  const word = text === '' && expected === undefined ? '""' : text.slice(0, 100)
  const params = { line, column, ...(word !== '' && { word }), ...(expected !== undefined && { expected }), ...(most !== undefined && { most }) }
  return new ClonaulaError('deployCommand', `line ${line}, column ${column}: ${expected ?? 'nothing'} expected`, params)
}

export function quoted(text: string): string {
  return /\s/.test(text) ? `"${text}"` : text
}

const NEXT = /\s*(?:"([^"]*)"|([^\s"]+))(?=\s|$)/dy

/** Gives the words of a line one by one. */
export class Words {
  readonly #words: Word[] = []
  readonly #end: Word
  #at = 0

  /** @throws ClonaulaError `deployCommand` a quote without its other half, or in the middle of a word */
  constructor(text: string, line: number) {
    let at = 0
    const length = text.trimEnd().length
    while (at < length) {
      NEXT.lastIndex = at
      const found = NEXT.exec(text)
      if (!found) {
        const rest = text.slice(at).trimStart()
        throw commandFault({ text: rest, line, column: text.length - rest.length + 1 }, '"…"')
      }
      const [start] = found.indices?.[1] ?? found.indices?.[2] ?? [at]
      this.#words.push({ text: found[1] ?? found[2] ?? '', line, column: start + 1 })
      at = NEXT.lastIndex
    }
    this.#end = { text: '', line, column: length + 1 }
  }

  get isEmpty(): boolean {
    return this.#words.length === 0
  }

  /** Undefined at the end of the line. */
  next(): Word | undefined {
    return this.#words[this.#at++]
  }

  /** The next word as what it stands for. @param read undefined: it stands for nothing @throws ClonaulaError `deployCommand` */
  expect<T>(expected: string, read: (text: string) => T | undefined): T {
    const word = this.next()
    const value = word && read(word.text)
    if (value === undefined) throw commandFault(word ?? this.#end, expected)
    return value
  }

  /** @throws ClonaulaError `deployCommand` there is more */
  end(): void {
    const word = this.next()
    if (word) throw commandFault(word)
  }
}
