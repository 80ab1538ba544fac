import packageFile from '../../../package.json' with { type: 'json' }

/** Clonaula's version, from package.json. */
export const VERSION: string = packageFile.version
