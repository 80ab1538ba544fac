import type { LogLine, Outcome, RepositoryAccess } from '#shared/contract/agent.ts'
import type { TransferChannel } from '#shared/contract/transfer-channel.ts'
import type { Progress } from '#shared/domain/progress.ts'
import type { Language } from '#shared/i18n/index.ts'
import type { ChunkStore } from '#image/index.ts'
import type { Machine } from '#image/disk/machine.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import type { Texts } from './text/texts.ts'

/** Lines that go to the console, to its history and to this computer's screen. */
export interface OperationLog {
  /** A line with a marker, `[55]  …`: how far the operation is, 1–100, as OpenGnsys' users know it. */
  step(marker: number, text: string): void
  warn(text: string): void
}

/** What a capture or a restore is given to work with. */
export interface OperationContext {
  machine: Machine
  /** Devices that are all of this computer's disks; none: those that it has. */
  only: readonly string[]
  /** A folder for mount points and other small things, gone with the next start. */
  state: string
  openRepository: (access: RepositoryAccess) => ChunkStore
  /** To the console, about this operation's data; ends with the connection, after which a new one may be opened. */
  openChannel: (name: TransferChannel) => ControlChannel<unknown>
  signal: AbortSignal
  onProgress: (progress: Progress) => void
  log: OperationLog
  texts: Texts
  language: Language
}

/** What a successful operation says about itself. */
export type OperationResult = Pick<Outcome, 'figures' | 'manifest'>

export function logLine(level: LogLine['level'], text: string): LogLine {
  return { at: Date.now(), level, text }
}
