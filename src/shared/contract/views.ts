/** What the console shows: rows as screens and CLI receive them. Times are milliseconds since the epoch. */
import type { Outcome } from './agent.ts'
import type { Role } from './people.ts'
import type { CacheRoom, ChangeReason, EngineRules, MethodUse } from '../domain/automatic-change.ts'
import type { NetworkProperties } from '../domain/classroom.ts'
import type { BootEvent, BootMode, ComputerState, Hardware } from '../domain/computer.ts'
import type { DiskTarget, Filesystem } from '../domain/disk.ts'
import type { DiskFacts } from '../domain/disk-facts.ts'
import type { DeployCommand } from '../domain/deploy/deploy-command.ts'
import type { Estimate } from '../domain/estimate.ts'
import type {
  ClassroomId, ComputerId, GroupId, HostName, ImageId, MacAddress, OperationId, RevisionId, Sha256Hex, SiteId,
} from '../domain/ids.ts'
import type { ImageKind } from '../domain/image.ts'
import type { RestoreMethod } from '../domain/method.ts'
import type { OperationKind, OperationState } from '../domain/operation.ts'
import type { Progress, StallReason } from '../domain/progress.ts'
import type { WriteOptions } from '../domain/restore-options.ts'
import type { ResultName } from '../domain/result-codes.ts'
import type { TransferLimits } from '../domain/transfer-limits.ts'
import type { ErrorParams, ErrorRecord } from '../domain/errors.ts'
import type { VolumeMode } from '../formats/manifest-facts.ts'
import type { Language } from '../i18n/language.ts'

export interface SiteView { id: SiteId; name: string }

export interface ClassroomView {
  id: ClassroomId
  siteId: SiteId
  name: string
  network: NetworkProperties
  /** Until when unknown computers are adopted into this classroom by themselves; absent: closed. */
  enrolmentUntil?: number
}

export interface GroupView { id: GroupId; classroomId: ClassroomId; parentId?: GroupId; name: string }

export interface ComputerView {
  id: ComputerId
  classroomId: ClassroomId
  groupId?: GroupId
  name: HostName
  macs: MacAddress[]
  ip: string
  state: ComputerState
  bootMode: BootMode
  /** Position in the room's map, columns and rows from 0; absent: placed after the others. */
  position?: { column: number; row: number }
  hardware?: Hardware
  /** What it runs, or ran last. */
  operation?: OperationView
  /** Absent: nothing of its last order has failed, or something runs or waits. */
  retry?: RetryView
  /** When its agent was last heard. */
  seenAt?: number
  /** The last phase of a boot in progress. */
  booting?: BootEvent
}

/** A computer that booted and that no one knows. */
export interface PendingView { mac: MacAddress; ip: string; seenAt: number; hardware?: Hardware; suggestedName: HostName }

export interface VolumeView {
  partition: number
  filesystem: Filesystem
  label: string
  /** Bytes: of the source partition, in use, and the least a target must have. */
  size: number
  used: number
  minimumSize: number
  mode: VolumeMode
}

export interface RevisionView {
  id: RevisionId
  imageId: ImageId
  number: number
  createdAt: number
  manifest: Sha256Hex
  description: string
  /** Computer that it was taken from. */
  source: string
  volumes: VolumeView[]
  /** Of disk images: what the target disk must be like. */
  disk?: DiskFacts
  /** Bytes that this revision added to the repository. */
  storedBytes: number
}

export interface ImageView { id: ImageId; name: string; kind: ImageKind; description: string; revisions: RevisionView[] }

/** A revision that was thrown away and can still be had back. */
export interface TrashedView {
  imageId: ImageId
  image: string
  number: number
  description: string
  source: string
  createdAt: number
  trashedAt: number
}

/** What emptying the trash would do. */
export interface PurgeView {
  /** Names exactly this; `trash.empty` does it and nothing else. */
  plan: string
  revisions: { image: string; number: number }[]
  /** Bytes of the repository's disk that it gives back, about. */
  bytes: number
}

export interface OperationView {
  id: OperationId
  kind: OperationKind
  state: OperationState
  computerId: ComputerId
  computerName: string
  target?: DiskTarget
  imageName?: string
  revision?: number
  method?: RestoreMethod
  /** Of a deployment: its command. */
  command?: string
  /** The same for all commands of one deployment. */
  deployment?: Sha256Hex
  /** Of a capture: the computer's own CACHE gets it, not the repository. */
  intoCache?: boolean
  /** Why it is not the method that was asked for. */
  changed?: ChangeReason
  requestedBy: string
  createdAt: number
  startedAt?: number
  finishedAt?: number
  progress?: Progress
  /** No progress for a while, and why: shown on top of the state, not instead of it. */
  stalled?: StallReason
  outcome?: Outcome
}

/** What a computer's last order failed to do, as it may be asked for again. `image`: the one that failed first. */
export type RetryView = RestoreRetry | DeployRetry

export interface RestoreRetry {
  kind: 'restore'
  image: string
  revision: number
  volume?: number
  target: DiskTarget
  /** As it was asked for, whatever was used. */
  method: RestoreMethod
  options: WriteOptions
}

export interface DeployRetry {
  kind: 'deploy'
  image: string
  /** The first one that failed and all that came behind it, one to a line, each with the revision that it was to bring. */
  commands: string
  /** Absent: the deployment restored nothing. */
  options?: WriteOptions
}

export interface LogLineView { id: number; operationId: OperationId; at: number; level: 'info' | 'warn' | 'error'; text: string }

/** Would this computer's restore work, and if not, why not. */
export interface RestorePlanRow {
  computerId: ComputerId
  computerName: string
  ok: boolean
  /** Plain bytes that would be written. */
  bytes: number
  /** What would be erased, for the confirmation. */
  erases: string[]
  /** Bytes that the destination needs to have, and has; absent when it is refused. */
  space?: { needed: number; available: number }
  /** What the image means for its CACHE; absent when it is refused, has none, or none was asked for. */
  cache?: CacheRoom
  /** What is erased takes its CACHE too: what comes later finds none. */
  losesCache?: true
  /** How its data would really come; absent when it is refused. */
  use?: MethodUse
  /** Mbit/s of its link; absent when its driver does not say. */
  linkSpeed?: number
  /** Absent when there is nothing to go by. */
  estimate?: Estimate
  refusal?: { result: ResultName; params: ErrorParams }
}

/** What was restored last onto a target, as far as this console did it. */
export interface InstalledRevision {
  image: string
  revision: number
  /** Revisions of that image that are newer, 0: none; absent when there is no such image any more. */
  behind?: number
}

/** Would a command of a deployment work on this computer. One that only fills the CACHE writes and erases nothing. */
export interface DeployPlanRow extends RestorePlanRow {
  /** Of a target that is known to hold an image. */
  installed?: InstalledRevision
}

export interface DeployPlanCommand {
  /** As it was understood. */
  text: string
  kind: DeployCommand['kind']
  /** The image's name, and which revision it brings: the command may leave that open. */
  image: string
  revision: number
  rows: DeployPlanRow[]
}

export interface DeployPlan {
  /** Names exactly this; `deploy.start` does it once, and nothing else. */
  plan: Sha256Hex
  commands: DeployPlanCommand[]
}

export interface ServiceView {
  name: 'dhcp' | 'tftp' | 'http' | 'agents' | 'peers' | 'web'
  state: 'stopped' | 'running' | 'failed'
  /** `address:port` that it listens on. */
  listens: string
  /** Why it is down, or what is in its way although it runs; the sentence of its code says how to mend it. */
  problem?: ErrorRecord
}

export interface ConsoleView {
  version: string
  node: string
  address: string
  /** Of the clients' screens. */
  language: Language
  /** What computers do that cannot use the method that was asked for. */
  engine: EngineRules
  /** How much of the network the console takes to send images. */
  transfers: TransferLimits
  services: ServiceView[]
  /** Whether a live system is there to boot, and its version. */
  live?: { version: string; kernel: string; bytes: number }
}

export interface UserView { name: string; role: Role; createdAt: number }

/** Somebody did something, or tried to. */
export interface AuditView {
  id: number
  at: number
  who: string
  /** A call of the contract, `login` or `login-failed`. */
  action: string
  /** Its arguments as JSON, without secrets; of a login, the address. */
  detail: string
}

export interface BootTimelineView { mac: MacAddress; events: BootEvent[]; /** In words: where it stopped. */ stoppedAt?: BootEvent['phase'] }

/** Everything that screens keep in step with the console, pushed as it changes. */
export interface Events {
  'tree.changed': Record<string, never>
  'computer.changed': ComputerView
  'computer.removed': { id: ComputerId }
  'pending.changed': PendingView[]
  'operation.changed': OperationView
  'operation.log': LogLineView[]
  'images.changed': Record<string, never>
  'services.changed': ServiceView[]
  'boot.event': BootEvent
}
export type EventName = keyof Events
