import { inventory } from './001-inventory.ts'
import { provenance } from './002-provenance.ts'
import { trash } from './003-trash.ts'
import { cache } from './004-cache.ts'
import { revisionPacks } from './005-revision-packs.ts'
import { tokenRights } from './006-token-rights.ts'
import { links } from './007-links.ts'
import type { Migration } from './migration.ts'

/** In order, without gaps. */
export const MIGRATIONS: readonly Migration[] = [inventory, provenance, trash, cache, revisionPacks, tokenRights, links]
