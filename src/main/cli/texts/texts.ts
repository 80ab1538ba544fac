import type { ServiceView } from '#shared/contract/views.ts'
import type { BootMode, ComputerState } from '#shared/domain/computer.ts'
import type { FindingLevel } from '#shared/domain/finding.ts'
import type { OperationKind, OperationState } from '#shared/domain/operation.ts'
import type { Language } from '#shared/i18n/index.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import type { UsageProblem } from '../usage.ts'

/** Everything that the command line says, in one language. */
export interface Texts {
  usage: string
  usageProblems: Record<UsageProblem, (...words: string[]) => string>
  states: Record<ComputerState, string>
  modes: Record<BootMode, string>
  operations: Record<OperationKind, string>
  /** A restore that a deployment asked for. */
  deployment: string
  operationStates: Record<OperationState, string>
  services: Record<ServiceView['name'], string>
  /** What a finding of the network's examination is. */
  levels: Record<FindingLevel, string>
  serviceStates: Record<ServiceView['state'], string>
  /** Column titles. */
  columns: Record<
    | 'service' | 'state' | 'listens' | 'name' | 'classroom' | 'address' | 'mac' | 'mode' | 'doing' | 'seen' | 'model' | 'image'
    | 'kind' | 'revisions' | 'newest' | 'revision' | 'date' | 'source' | 'partitions' | 'stored' | 'description' | 'id' | 'operation'
    | 'computer' | 'target' | 'result' | 'by' | 'disk' | 'partition' | 'size' | 'used' | 'filesystem' | 'system' | 'label' | 'writes' | 'needs' | 'cache'
    | 'method' | 'free' | 'link' | 'time' | 'usedLast' | 'erases' | 'user' | 'role' | 'trashed' | 'installed', string>
  none: string
  examiningLong: string
  image: { partition: string; disk: string }
  noAddress: string
  live: (kernel: string, size: string) => string
  noLive: (folder: string) => string
  noLoaders: (files: string, folder: string) => string
  /** Someone may log in there without a password, once. */
  startAddress: (url: string) => string
  noUsers: string
  stopping: string
  dataFolder: (folder: string) => string
  noConsole: (folder: string) => string
  enrolling: (classroom: string, until: string) => string
  adopted: (name: string) => string
  ok: string
  /** For the question before a restore on a terminal. */
  confirm: (computers: number, erases: string) => string
  confirmed: RegExp
  /** How many revisions are newer than the one that is installed. */
  newerRevisions: (count: number) => string
  /** A revision has gone to the trash. */
  trashed: (revision: string) => string
  /** What emptying the trash does. */
  purge: (revisions: string, bytes: string) => string
  goOn: string
  purged: (bytes: string) => string
  waiting: string
  progress: (running: number, finished: number, total: number) => string
  left: (time: string) => string
  stalled: string
  password: string
  passwordAgain: string
  userSet: (name: string, role: string) => string
  userRemoved: (name: string) => string
  error: (sentence: string, detail: string) => string
}

const all: Record<Language, Texts> = { es, en }

export function textsOf(language: Language): Texts {
  return all[language]
}
