import { WriteOptions } from '#shared/domain/restore-options.ts'

export const DEFAULT_WRITE_OPTIONS = WriteOptions.parse({})
