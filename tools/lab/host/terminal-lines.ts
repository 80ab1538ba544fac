/** What a program or a computer writes, cut into lines without terminal codes. Pure. */

import { StringDecoder } from 'node:string_decoder'

/** Cursor moves, colours and character sets (ECMA-48), and control characters other than tab. */
const NOISE = /\x1b\[[0-9;?=]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>c]|[\x00-\x08\x0b-\x1f\x7f]/g
/** Firmware that repaints its screen sends no line ends for a long time. */
const LONGEST = 4096

/** Splits bytes into lines without terminal codes; empty ones are dropped. */
export class TerminalLines {
  #rest = ''
  readonly #decoder = new StringDecoder('utf8')

  push(bytes: Uint8Array): string[] {
    const parts = (this.#rest + this.#decoder.write(Buffer.from(bytes))).split('\n')
    this.#rest = parts.pop() ?? ''
    if (this.#rest.length > LONGEST) {
      parts.push(this.#rest)
      this.#rest = ''
    }
    return parts.flatMap(clean)
  }

  /** What has come since the last line end: a prompt, when nothing follows it for a while. */
  flush(): string[] {
    const rest = this.#rest
    this.#rest = ''
    return clean(rest)
  }
}

function clean(raw: string): string[] {
  const text = raw.replaceAll(NOISE, '').trimEnd()
  return text === '' ? [] : [text]
}
