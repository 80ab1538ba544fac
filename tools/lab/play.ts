/** The lab after its story: it stays up, and the keyboard has the computers' power buttons. */
import { createInterface } from 'node:readline'
import type { VirtualMachine } from './machine/machine.ts'

export const KEYS = 'NUMBER and Enter: that computer’s power button · r NUMBER: reset it · Ctrl-C: end'

/** Resolves when the signal comes. */
export async function play(computers: readonly VirtualMachine[], signal: AbortSignal): Promise<void> {
  console.log(KEYS)
  const keyboard = createInterface({ input: process.stdin })
  keyboard.on('line', (line) => {
    press(line.trim(), computers).catch((error: unknown) => console.log(error instanceof Error ? error.message : String(error)))
  })
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
  keyboard.close()
}

async function press(line: string, computers: readonly VirtualMachine[]): Promise<void> {
  const [, reset, digits] = /^(r\s+)?(\d+)$/.exec(line) ?? []
  const computer = computers[Number(digits) - 1]
  if (!computer) return console.log(KEYS)
  const { number } = computer.spec
  if (!computer.isOn) {
    computer.powerOn()
    console.log(`computer ${number}: on`)
  } else if (reset !== undefined) {
    await computer.reset()
    console.log(`computer ${number}: reset`)
  } else {
    await computer.pressButton()
    console.log(`computer ${number}: asked to shut down`)
  }
}
