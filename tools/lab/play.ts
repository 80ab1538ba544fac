/**
 * The lab after its story: it stays up, a browser and the command line reach its console, and the keyboard has the
 * computers' power buttons.
 */
import { createInterface } from 'node:readline'
import type { VirtualMachine } from './machine/machine.ts'
import type { Room } from './room/room.ts'

const KEYS =
  'NUMBER: that computer’s power button · r NUMBER: reset it · x NUMBER: pull its plug · Ctrl-C: end'

/** Resolves when the signal comes. */
export async function play({ console: { webAddress, data }, computers }: Room, signal: AbortSignal): Promise<void> {
  console.log(`web console   ${webAddress}\ncommand line  node tools/clonaula.mjs --data ${data} computers\n${KEYS}`)
  const keyboard = createInterface({ input: process.stdin })
  keyboard.on('line', (line) => {
    press(line.trim(), computers).catch((error: unknown) => {
      console.log(error instanceof Error ? error.message : String(error))
    })
  })
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
  keyboard.close()
}

async function press(line: string, computers: readonly VirtualMachine[]): Promise<void> {
  const [, action = '', digits] = /^([rx])?\s*(\d+)$/.exec(line) ?? []
  const computer = computers[Number(digits) - 1]
  if (!computer) return console.log(KEYS)
  const { number } = computer.spec
  if (!computer.isOn) {
    if (action === '') computer.powerOn()
    console.log(`computer ${number}: ${computer.isOn ? 'on' : 'is off'}`)
  } else if (action === 'r') {
    await computer.reset()
    console.log(`computer ${number}: reset`)
  } else if (action === 'x') {
    await computer.powerOff()
    console.log(`computer ${number}: off`)
  } else {
    await computer.pressButton()
    console.log(`computer ${number}: its system is asked to shut down`)
  }
}
