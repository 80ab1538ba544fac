import type { Database } from 'better-sqlite3'
import { renameSync, rmSync } from 'node:fs'
import { MIGRATIONS } from './migrations/index.ts'
import type { Migration } from './migrations/migration.ts'

/** The file was written by a later Clonaula; this one would not understand it, and so leaves it alone. */
export class NewerInventoryError extends Error {
  override readonly name = 'NewerInventoryError'

  constructor(file: string, found: number, known: number) {
    super(`${file} was made by a newer version of Clonaula (inventory ${found}, this version knows up to ${known}). ` +
      'Install that version again, or start with another data folder.')
  }
}

export function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }))
}

/**
 * Brings a database up to the last migration. All or nothing: a migration that fails leaves the version
 * before it. An existing file is first copied whole to `FILE.v<version>.bak`.
 * @throws NewerInventoryError
 */
export function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  const found = schemaVersion(db)
  const known = migrations.at(-1)?.version ?? 0
  if (found > known) throw new NewerInventoryError(db.name, found, known)
  const missing = migrations.filter(({ version }) => version > found)
  if (missing.length === 0) return
  if (found > 0 && !db.memory) backUp(db, `${db.name}.v${found}.bak`)
  // Tables that others refer to can be rebuilt only with the checks off (sqlite.org/lang_altertable.html).
  db.pragma('foreign_keys = OFF')
  try {
    for (const migration of missing) apply(db, migration)
  } finally {
    db.pragma('foreign_keys = ON')
  }
}

function apply(db: Database, { version, up }: Migration): void {
  db.transaction(() => {
    db.exec(up)
    const broken = db.pragma('foreign_key_check') as unknown[]
    if (broken.length > 0) throw new Error(`inventory migration ${version} leaves ${broken.length} broken references`)
    // A pragma takes no parameters; a version is a number of ours.
    db.pragma(`user_version = ${version}`)
  }).exclusive()
}

/** Whole or not at all: a copy that a full disk cut short must not pass for one. */
function backUp(db: Database, copy: string): void {
  const unfinished = `${copy}.part`
  rmSync(unfinished, { force: true })
  db.prepare('VACUUM INTO ?').run(unfinished)
  renameSync(unfinished, copy)
}
