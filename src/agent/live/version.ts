import packageJson from '../../../package.json' with { type: 'json' }

/** The version of this program; the console's is the same, because it brings its agents along. */
export const VERSION: string = packageJson.version
