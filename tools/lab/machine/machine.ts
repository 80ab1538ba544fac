import { copyFile } from 'node:fs/promises'
import { endChild, startInNamespace, type LabChild } from '../host/child.ts'
import { qemuArgv, variablesTemplate, type MachineSpec } from './qemu.ts'
import { qmp } from './qmp.ts'
import { LineLog } from '../host/line-log.ts'

/** One virtual computer: a case with a power button. It keeps its disk and its firmware's variables while it is off. */
export class VirtualMachine {
  readonly spec: MachineSpec
  readonly serial: LineLog
  /** Milliseconds since the epoch. */
  poweredOnAt = 0
  readonly #namespace: string
  #child: LabChild | undefined
  #complaints = ''

  private constructor(spec: MachineSpec, namespace: string, serialFile: string) {
    this.spec = spec
    this.serial = new LineLog(serialFile)
    this.#namespace = namespace
  }

  static async make(spec: MachineSpec, namespace: string, serialFile: string): Promise<VirtualMachine> {
    const template = variablesTemplate(spec.firmware)
    if (template !== undefined) await copyFile(template, spec.variables)
    return new VirtualMachine(spec, namespace, serialFile)
  }

  get isOn(): boolean {
    return this.#child !== undefined
  }

  powerOn(): void {
    if (this.#child) return
    const child = startInNamespace(this.#namespace, qemuArgv(this.spec))
    this.#child = child
    this.#complaints = ''
    this.poweredOnAt = Date.now()
    child.process.stdout?.on('data', (bytes: Buffer) => this.serial.push(bytes))
    child.process.stderr?.on('data', (bytes: Buffer) => (this.#complaints += bytes.toString()))
    void child.ended.then((how) => {
      this.#child = undefined
      const why = how === 'exit code 0' ? '' : ` (${how}: ${this.#complaints.trim()})`
      this.serial.add({ at: Date.now(), text: `${POWERED_OFF}${why}` })
    })
  }

  /** What pressing the button of a computer that is on does: its system shuts down in order (ACPI). */
  pressButton(): Promise<void> {
    return qmp(this.spec.qmp, 'system_powerdown')
  }

  reset(): Promise<void> {
    return qmp(this.spec.qmp, 'system_reset')
  }

  /** Pulls the plug. */
  async powerOff(): Promise<void> {
    if (this.#child) await endChild(this.#child)
  }
}

/** The line that the serial log gets when a computer goes off by itself, or does not start at all. */
export const POWERED_OFF = '== off'
