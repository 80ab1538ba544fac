/** Which manifests came into the repository with which operation's token: nothing else may become its revision. */
import type { OperationId, Sha256Hex } from '#shared/domain/ids.ts'
import type { Database } from './database.ts'

export interface PublishedManifests {
  /** Publishing again what is there changes nothing. */
  add(operation: OperationId, manifest: Sha256Hex): void
  has(operation: OperationId, manifest: Sha256Hex): boolean
}

export function createPublishedManifests(db: Database): PublishedManifests {
  const add = db.prepare<[number, string]>('INSERT OR IGNORE INTO published_manifests (operation_id, manifest) VALUES (?, ?)')
  const find = db.prepare<[number, string]>('SELECT 1 FROM published_manifests WHERE operation_id = ? AND manifest = ?')
  return {
    add: (operation, manifest) => void add.run(operation, manifest),
    has: (operation, manifest) => find.get(operation, manifest) !== undefined,
  }
}
