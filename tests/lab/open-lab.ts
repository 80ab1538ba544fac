import { readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { CleanupStack } from '../../tools/lab/host/cleanup.ts'
import { hostFacts } from '../../tools/lab/host/host-facts.ts'
import { parseOptions, type LabOptions } from '../../tools/lab/options.ts'
import { prepare } from '../../tools/lab/room/prepare.ts'
import { openRoom, type Room } from '../../tools/lab/room/room.ts'
import { Board } from '../../tools/lab/story/board.ts'
import type { LabReport } from '../../tools/lab/story/report.ts'
import type { Seat } from '../../tools/lab/story/seat.ts'
import { Stage } from '../../tools/lab/story/stage.ts'

/** The lab without its story: a test tells its own. */
export class OpenLab {
  readonly room: Room
  readonly #options: LabOptions
  readonly #cleanup: CleanupStack
  readonly #stop = new AbortController()
  #stage: Stage

  private constructor(room: Room, options: LabOptions, cleanup: CleanupStack) {
    this.room = room
    this.#options = options
    this.#cleanup = cleanup
    this.#stage = this.#newStage()
  }

  /** @param args as of `npm run lab` */
  static async open(...args: string[]): Promise<OpenLab> {
    const options = parseOptions(args)
    if (!options) throw new Error('a lab is not its help')
    const cleanup = new CleanupStack()
    const { signal } = new AbortController()
    try {
      const room = await openRoom(options, await prepare({ variant: 'plain', signal }), cleanup, signal)
      return new OpenLab(room, options, cleanup)
    } catch (error) {
      await cleanup.unwind()
      throw error
    }
  }

  /** What its steps are done on; another one after `restartConsole`. */
  get stage(): Stage {
    return this.#stage
  }

  /** Of a computer, by its number. */
  seat(number: number): Seat {
    const found = this.#stage.seats[number - 1]
    if (!found) throw new Error(`there is no computer ${number}`)
    return found
  }

  /** The console's plug is pulled while it works; the computers keep their places. */
  async restartConsole(): Promise<void> {
    await this.room.restartConsole()
    const views = this.#stage.seats.map(({ view }) => view)
    this.#stage = this.#newStage()
    for (const [index, view] of views.entries()) {
      if (view) this.seat(index + 1).view = view
    }
  }

  /** Names of what the console's repository holds, of one kind. */
  stored(kind: 'packs' | 'manifests'): string[] {
    const folder = join(this.room.folder, 'console/repository', kind)
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  /** Throws when something could not be undone. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the test is over'))
    const failures = await this.#cleanup.unwind()
    if (failures.length > 0) throw new Error(failures.join('\n'))
  }

  #newStage(): Stage {
    const report: LabReport = { ok: false, startedAt: '', seconds: 0, host: hostFacts(), options: this.#options, computers: [] }
    const silent = new Board({ write: () => undefined })
    return new Stage(this.room, this.#options, report, silent, this.#stop.signal)
  }
}

/** Inverts the byte in the middle of a file; a second time, and it is as it was. */
export async function invertByte(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const at = Math.floor((await file.stat()).size / 2)
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, at)
    await file.write(byte.map((value) => value ^ 0xff), 0, 1, at)
  } finally {
    await file.close()
  }
}
