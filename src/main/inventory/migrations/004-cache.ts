import type { Migration } from './migration.ts'

/** What a computer's CACHE holds, as its agent told it (`CacheFacts`). */
export const cache: Migration = {
  version: 4,
  up: 'ALTER TABLE hardware ADD COLUMN cache TEXT CHECK (cache IS NULL OR json_valid(cache));',
}
