import { StringDecoder } from 'node:string_decoder'

/** A line without an end is given out in pieces of this many characters. */
const LONGEST = 64 * 1024

/** Cuts a byte stream into lines that end with LF, CR LF or CR (progress meters), without holding more than one. */
export class LineSplitter {
  readonly #onLine: (line: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(bytes: Buffer): void {
    const pieces = (this.#rest + this.#decoder.write(bytes)).split(/[\r\n]+/)
    this.#rest = pieces.pop() ?? ''
    for (const piece of pieces) this.#give(piece)
    if (this.#rest.length > LONGEST) this.end()
  }

  end(): void {
    this.#give(this.#rest + this.#decoder.end())
    this.#rest = ''
  }

  #give(line: string): void {
    if (line !== '') this.#onLine(line)
  }
}
