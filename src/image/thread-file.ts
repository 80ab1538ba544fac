import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The program of a thread that imports other files: a source among the sources; where the console is bundled an entry of its own
 * (electron.vite.config.ts), beside whoever starts it or above.
 * @param starter `import.meta.url` of whoever starts it
 * @param source its path from there, such as `./thread.ts`
 * @param entry its name in the bundle
 */
export function threadFile(starter: string, source: string, entry: string): string {
  const [among = '', ...bundled] = [source, `./${entry}.js`, `../${entry}.js`].map((path) => fileURLToPath(new URL(path, starter)))
  return [among, ...bundled].find((file) => existsSync(file)) ?? among
}
