import { RestoreOptions } from '#shared/domain/restore-options.ts'

/** How an image is written, and what follows. */
export interface WriteOptions extends RestoreOptions {
  postconfigure: boolean
  restart: boolean
}

export const DEFAULT_WRITE_OPTIONS: WriteOptions = { ...RestoreOptions.parse({}), postconfigure: true, restart: false }
