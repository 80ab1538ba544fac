import type { Migration } from './migration.ts'

/** All packs of each revision, those that earlier ones brought included: what a CACHE has to have room for. */
export const revisionPacks: Migration = {
  version: 5,
  up: `
    CREATE TABLE revision_packs (
      revision_id INTEGER NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
      pack TEXT NOT NULL,
      size INTEGER NOT NULL,
      PRIMARY KEY (revision_id, pack)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO revision_packs (revision_id, pack, size) SELECT revision_id, id, size FROM packs;
  `,
}
