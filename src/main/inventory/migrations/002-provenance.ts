import type { Migration } from './migration.ts'

/**
 * Which operation published which manifest, and who asked for which boot token; and what strangers can make many of
 * is found by its age.
 */
export const provenance: Migration = {
  version: 2,
  up: `
    CREATE TABLE published_manifests (
      operation_id INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
      manifest TEXT NOT NULL,
      PRIMARY KEY (operation_id, manifest)
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE boot_tokens ADD COLUMN address TEXT NOT NULL DEFAULT '';
    DROP INDEX boot_tokens_by_mac;
    CREATE INDEX boot_tokens_by_asker ON boot_tokens (mac, address, expires_at);
    CREATE INDEX boot_tokens_by_expiry ON boot_tokens (expires_at);
    CREATE INDEX agent_sessions_by_use ON agent_sessions (used_at);
  `,
}
