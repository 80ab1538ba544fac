/** What a lab found out, as `--report` writes it. Times in seconds. */
import type { OperationKind } from '#shared/domain/operation.ts'
import type { HostFacts } from '../host/host-facts.ts'
import type { SystemReport } from '../machine/system-report.ts'
import type { LabOptions } from '../options.ts'

export interface BootReport {
  /** Until what the computer was being started. */
  into: 'live system' | 'own disk'
  /** From power-on, or from the restart's request, to what was waited for. */
  seconds: number
  /** Each step of the console's timeline and of the serial console, from the same moment. */
  phases: { seconds: number; phase: string; detail: string }[]
}

export interface OperationReport {
  kind: OperationKind
  code: number
  message: string
  seconds: number
  bytesRead: number
  bytesReceived: number
  bytesSent: number
  bytesWritten: number
}

export interface ComputerReport {
  name: string
  mac: string
  boots: BootReport[]
  operations: OperationReport[]
  /** What its own system said after the restart. */
  system?: { hostName: string; report?: SystemReport }
  /** Partition 4, as the host sees it after the end (`--golden-ntfs`). */
  data?: { content: boolean; size: number }
  failure?: { step: string; message: string; serial: string[] }
}

export interface LabReport {
  ok: boolean
  startedAt: string
  seconds: number
  host: HostFacts
  options: LabOptions
  image?: { name: string; used: number; stored: number }
  computers: ComputerReport[]
  /** What ended the lab beside what is said of single computers. */
  failure?: { step: string; message: string; console: string[] }
}
