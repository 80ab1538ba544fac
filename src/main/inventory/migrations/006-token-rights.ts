import type { Migration } from './migration.ts'

/** Tokens that read and write: what is published out of a CACHE is compared with what is there. Until now those that did not write read. */
export const tokenRights: Migration = {
  version: 6,
  up: `
    ALTER TABLE access_tokens ADD COLUMN read INTEGER NOT NULL DEFAULT 0 CHECK (read IN (0, 1));
    UPDATE access_tokens SET read = 1 - write;
  `,
}
