import type { Migration } from './migration.ts'

/** Revisions in the repository's trash: since when. */
export const trash: Migration = {
  version: 3,
  up: 'ALTER TABLE revisions ADD COLUMN trashed_at INTEGER;',
}
