import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ReceiverSays, ReceiverTask } from './receiver-process.ts'
import { Room, type RoomMember } from './room.ts'
import type { SenderSays, SenderTask } from './sender-process.ts'

/** A process that says lines of JSON. */
export class Speaker<Says extends { say: string }> {
  readonly process: ChildProcess
  readonly said: Says[] = []
  #stderr = ''
  #changed = Promise.withResolvers<void>()
  #isOver = false

  constructor(process: ChildProcess) {
    this.process = process
    if (!process.stdout || !process.stderr) throw new TypeError('a process without pipes')
    createInterface({ input: process.stdout }).on('line', (line) => {
      this.said.push(JSON.parse(line) as Says)
      this.#change()
    })
    process.stderr.setEncoding('utf8').on('data', (text: string) => { this.#stderr = (this.#stderr + text).slice(-4000) })
    process.on('close', () => {
      this.#isOver = true
      this.#change()
    })
  }

  /** The first line of a kind. @throws Error when the process ends without it */
  async heard<Kind extends Says['say']>(kind: Kind): Promise<Extract<Says, { say: Kind }>> {
    for (;;) {
      const line = this.said.find((said): said is Extract<Says, { say: Kind }> => said.say === kind)
      if (line) return line
      if (this.#isOver) throw new Error(`it ended without saying ${kind}: ${JSON.stringify(this.said)} ${this.#stderr}`)
      await this.#changed.promise
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#isOver) return
    const closed = once(this.process, 'close')
    this.process.kill(signal)
    await closed
  }

  #change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

/** What a sender and a receiver run, as sources. */
export const PROGRAMS = { sender: join(import.meta.dirname, 'sender-process.ts'), receiver: join(import.meta.dirname, 'receiver-process.ts') }

/** Starts a sender in the room, on the sender's computer or another; it listens when this is done. @param programs made of `PROGRAMS` */
export async function startSender(
  room: Room, task: SenderTask, { member = 'sender', programs = PROGRAMS }: { member?: RoomMember; programs?: typeof PROGRAMS } = {},
): Promise<Speaker<SenderSays>> {
  const sender = new Speaker<SenderSays>(room.spawn(member, [process.execPath, programs.sender, JSON.stringify(task)]))
  await sender.heard('listening')
  return sender
}

export function startReceiver(room: Room, member: RoomMember, task: ReceiverTask, programs = PROGRAMS): Speaker<ReceiverSays> {
  return new Speaker(room.spawn(member, [process.execPath, programs.receiver, JSON.stringify(task)]))
}
