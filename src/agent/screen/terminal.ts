import { closeSync, openSync, writeSync } from 'node:fs'

/** A text screen that is drawn as a whole. */
export interface Terminal {
  draw(lines: readonly string[]): void
  close(): void
}

/** The computer's own screen, or `undefined` where there is none (a serial console alone). */
export function openTerminal(path: string): Terminal | undefined {
  let file: number
  try {
    file = openSync(path, 'w')
  } catch {
    return undefined
  }
  return {
    draw(lines) {
      // ECMA-48: cursor home; after each line, erase to its end; at last, erase what is below. No flicker of an empty screen.
      const text = `\u001b[H${lines.map((line) => `${line}\u001b[K\r\n`).join('')}\u001b[J`
      try {
        writeSync(file, text)
      } catch {
        // A screen that is gone (a virtual terminal that was closed) stops no restore.
      }
    },
    close() {
      closeSync(file)
    },
  }
}
