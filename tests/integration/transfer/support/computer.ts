import type { ChildProcess } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MacAddress } from '#shared/domain/ids.ts'
import { runCommand } from '#image/index.ts'
import { mountsBelow } from '#image/mounts/mount-table.ts'
import type { Segment } from '../../../../tools/network/segment.ts'
import { agentArguments, end } from '../../../support/booted-agent.ts'
import type { LoopDisk } from '../../agent/loop-disk.ts'

const NODE = join(import.meta.dirname, '../../../../node_modules/.bin/node')

export interface ComputerParts {
  segment: Segment
  /** On the segment. */
  name: string
  mac: MacAddress
  disk: LoopDisk
  /** Of the console's boot scripts: `http://10.80.0.1:7400`. */
  scripts: string
  /** The live agent's bundle. */
  agent: string
  /** In which this computer keeps what a live system has in memory. */
  folder: string
}

/** A computer of the class, in a network namespace of its own, with a loop device as its only disk. */
export class Computer {
  readonly name: string
  readonly mac: MacAddress
  readonly disk: LoopDisk
  readonly #parts: ComputerParts
  #process: ChildProcess | undefined
  /** What its agents have said. */
  output = ''

  constructor(parts: ComputerParts) {
    this.name = parts.name
    this.mac = parts.mac
    this.disk = parts.disk
    this.#parts = parts
  }

  /** Fetches its script over the network as a boot loader would, and starts the agent with what that says. @param agent another one */
  async boot(agent = this.#parts.agent): Promise<void> {
    const { segment, name, mac, disk, scripts } = this.#parts
    await rm(this.#state, { recursive: true, force: true })
    await mkdir(this.#state, { recursive: true })
    const { stdout: script } = await segment.exec(name, 'curl', '--silent', '--show-error', '--fail', `${scripts}/boot/${mac}/script.ipxe`)
    this.#process = segment.spawn(name, NODE, agent, ...agentArguments(script), '--mac', mac, '--disks', disk.device, '--state', this.#state)
    this.#process.stdout?.on('data', (data: Buffer) => { this.output += data.toString() })
  }

  /** Pulls the plug: what it had mounted is gone with its memory. */
  async powerOff(): Promise<void> {
    if (this.#process) await end(this.#process)
    this.#process = undefined
    for (const { place } of await mountsBelow(this.#state)) await runCommand(['umount', place])
  }

  get #state(): string {
    return join(this.#parts.folder, this.name)
  }
}
