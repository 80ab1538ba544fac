import type { Migration } from './migration.ts'

/** What else the agents tell of a computer's links. */
export const links: Migration = {
  version: 7,
  up: `
    ALTER TABLE interfaces ADD COLUMN duplex TEXT;
    ALTER TABLE interfaces ADD COLUMN mtu INTEGER;
  `,
}
