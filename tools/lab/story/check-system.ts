/** Is what a computer said after its start what the story led to? Pure. */
import type { StartedSystem } from '../machine/system-report.ts'
import type { FirmwareKind } from '../machine/qemu.ts'

export interface Expected {
  /** Absent: the reference keeps the name that it had. */
  hostName?: string
  firmware: FirmwareKind
  /** MiB that its root filesystem must at least have; absent: no matter. */
  leastSize?: number
}

/** A sentence about the first thing that is wrong; undefined when nothing is. */
export function wrongSystem({ hostName, report }: StartedSystem, expected: Expected): string | undefined {
  if (expected.hostName !== undefined && hostName !== expected.hostName) {
    return `the system calls itself ${hostName} and not ${expected.hostName}`
  }
  // Somebody's own disk image says no more than its name.
  if (!report) return undefined
  if (!report.manifest) return 'files of the system do not have the content that the golden disk has'
  const firmware = expected.firmware === 'bios' ? 'bios' : 'efi'
  if (report.firmware !== firmware) return `it was started by ${report.firmware} and not by ${firmware}`
  const secure = expected.firmware === 'secureboot'
  if (report.secureBoot !== secure) return `Secure Boot is ${report.secureBoot ? 'on' : 'off'}`
  if (expected.leastSize !== undefined && report.size < expected.leastSize) {
    return `its filesystem was not grown: ${report.size} MiB, expected at least ${expected.leastSize}`
  }
  return undefined
}
