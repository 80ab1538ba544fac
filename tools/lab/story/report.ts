/** What a lab found out, as `--report` writes it. Times in seconds. */
import type { ChangeReason } from '#shared/domain/automatic-change.ts'
import type { RestoreMethod } from '#shared/domain/method.ts'
import type { OperationKind } from '#shared/domain/operation.ts'
import type { HostFacts } from '../host/host-facts.ts'
import type { SystemReport } from '../machine/system-report.ts'
import type { LabOptions } from '../options.ts'
import type { Traffic } from '../room/traffic.ts'

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
  /** The one that was used, and why it is not the one that was asked for. */
  method?: RestoreMethod
  changed?: ChangeReason
}

export interface ComputerReport {
  name: string
  mac: string
  boots: BootReport[]
  operations: OperationReport[]
  /** What its own system said after the restart. */
  system?: { hostName: string; report?: SystemReport }
  /** What its agent said of its CACHE after the last restore by way of it. Bytes. */
  cache?: { partition: number; size: number; free: number; images: string[] }
  /** Partition 4, as the host sees it after the end (`--golden-ntfs`). */
  data?: { content: boolean; size: number }
  failure?: { step: string; message: string; serial: string[] }
}

/** How the image went to the computers, for the first time. Bytes. */
export interface TransferReport {
  /** The one that was asked for. */
  method: RestoreMethod
  /** That got it. */
  computers: number
  /** In the repository. */
  image: number
  /** Meanwhile, as the switch counted it. */
  sent: Traffic
}

export interface LabReport {
  ok: boolean
  startedAt: string
  seconds: number
  host: HostFacts
  options: LabOptions
  image?: { name: string; used: number; stored: number }
  transfer?: TransferReport
  computers: ComputerReport[]
  /** What ended the lab beside what is said of single computers. */
  failure?: { step: string; message: string; console: string[] }
}
