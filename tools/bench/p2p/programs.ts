import { join } from 'node:path'
import { builtinModules } from 'node:module'
import { build } from 'vite'

export interface Programs {
  /** `console-process.ts` and `client-process.ts`, each as one file of JavaScript. */
  console: string
  client: string
}

/**
 * Makes our two programs what they are in a package and in the live system: one file each. Of their sources Node reads dozens of
 * files and strips their types first, in every process: a fifth of a second of the processor's time that no computer of a classroom spends.
 */
export async function makePrograms(folder: string): Promise<Programs> {
  const made = (name: string): string => join(folder, `${name}.mjs`)
  for (const name of ['console', 'client']) {
    await build({
      configFile: false, logLevel: 'warn', root: import.meta.dirname,
      build: {
        target: 'node24', outDir: folder, emptyOutDir: false, copyPublicDir: false, minify: false, ssr: join(import.meta.dirname, `${name}-process.ts`),
        rollupOptions: { external: [...builtinModules, /^node:/], output: { format: 'es', entryFileNames: `${name}.mjs`, codeSplitting: false } },
      },
      ssr: { noExternal: true, target: 'node' },
    })
  }
  return { console: made('console'), client: made('client') }
}
