import type { ComputerView } from '#shared/contract/views.ts'
import type { VirtualMachine } from '../machine/machine.ts'
import { macOf } from '../machine/qemu.ts'
import type { ComputerReport } from './report.ts'

/** A computer's place in the story: the machine, what the console calls it, and what has come of it. */
export interface Seat {
  machine: VirtualMachine
  report: ComputerReport
  /** Once it is adopted. */
  view?: ComputerView
}

/** `pc-01`, `pc-02`, … */
export function seatOf(machine: VirtualMachine): Seat {
  const { number } = machine.spec
  return {
    machine,
    report: { name: `pc-${String(number).padStart(2, '0')}`, mac: macOf(number), boots: [], operations: [] },
  }
}

export function adopted({ view, report }: Seat): ComputerView {
  if (!view) throw new Error(`${report.name} was not adopted`)
  return view
}
