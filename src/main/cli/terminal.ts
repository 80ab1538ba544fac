import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Terminal } from './context.ts'

/** The terminal, or what stands in for it, that this process was started on. */
export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  interactive: process.stdin.isTTY && process.stderr.isTTY,
  async ask(question, { hidden = false } = {}) {
    process.stderr.write(question)
    // readline echoes what is typed to its output: nothing, for what must not show.
    const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr
    const lines = createInterface({ input: process.stdin, output, terminal: true })
    try {
      return await lines.question('')
    } finally {
      lines.close()
      if (hidden) process.stderr.write('\n')
    }
  },
}
