/** All that the console knows and must still know tomorrow: one SQLite file, a small store for each subject. */
import { createAccessTokens, type AccessTokens } from './access-tokens.ts'
import { createAgentSessions, type AgentSessions } from './agent-sessions.ts'
import { createAuditLog, type AuditLog } from './audit-log.ts'
import { createBootEvents, type BootEvents } from './boot-events.ts'
import { createBootTokens, type BootTokens } from './boot-tokens.ts'
import { createComputers, type Computers } from './computers.ts'
import { openDatabase } from './database.ts'
import { createHardware, type HardwareStore } from './hardware.ts'
import { createImages, type Images } from './images.ts'
import { createInstalled, type Installed } from './installed.ts'
import { createOperationLogs, type OperationLogs } from './operation-logs.ts'
import { createOperationStore, type OperationStore } from './operations.ts'
import { createPastRestores, type PastRestores } from './past-restores.ts'
import { createPublishedManifests, type PublishedManifests } from './published-manifests.ts'
import { createTree, type Tree } from './tree.ts'

export interface Inventory {
  tree: Tree
  computers: Computers
  hardware: HardwareStore
  images: Images
  operations: OperationStore
  operationLogs: OperationLogs
  pastRestores: PastRestores
  installed: Installed
  accessTokens: AccessTokens
  publishedManifests: PublishedManifests
  bootTokens: BootTokens
  agentSessions: AgentSessions
  bootEvents: BootEvents
  audit: AuditLog
  /** Does all or nothing of what `work` writes. */
  atomically<T>(work: () => T): T
  close(): void
}

/**
 * Opens the inventory, makes it or brings it up to date.
 * @param file path of the database, or `:memory:`
 * @param now milliseconds since the epoch
 * @throws NewerInventoryError when a newer version of the program wrote it
 */
export function openInventory(file: string, now: () => number = Date.now): Inventory {
  const db = openDatabase(file)
  const hardware = createHardware(db)
  const tree = createTree(db, now)
  if (tree.sites().length === 0) tree.createClassroom(tree.createSite('Mi centro').id, 'Aula 1')
  return {
    tree,
    hardware,
    computers: createComputers(db, hardware, now),
    images: createImages(db, now),
    operations: createOperationStore(db, now),
    operationLogs: createOperationLogs(db),
    pastRestores: createPastRestores(db),
    installed: createInstalled(db),
    accessTokens: createAccessTokens(db),
    publishedManifests: createPublishedManifests(db),
    bootTokens: createBootTokens(db, now),
    agentSessions: createAgentSessions(db, now),
    bootEvents: createBootEvents(db),
    audit: createAuditLog(db, now),
    atomically: (work) => db.transaction(work)(),
    close: () => db.close(),
  }
}
