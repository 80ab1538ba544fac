/** What belongs to the program and not to a console's data: screens, boot loaders, live system. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface ProgramFolders {
  /** The built screens. */
  screens: string
  bootFiles: string
  liveFiles: string
}

/** The folder of package.json: a checkout, or what a package was installed as. */
function programRoot(from: string): string {
  if (existsSync(join(from, 'package.json')) || dirname(from) === from) return from
  return programRoot(dirname(from))
}

/** In a package they lie in Electron's resources; in a checkout in `.cache`, where `npm run live` puts them. */
export function programFolders(from: string = import.meta.dirname): ProgramFolders {
  const root = programRoot(from)
  const { resourcesPath } = process as { resourcesPath?: string }
  const files = (name: string): string => {
    const packaged = join(resourcesPath ?? root, name)
    return existsSync(packaged) ? packaged : join(root, '.cache', name)
  }
  return { screens: join(root, 'out', 'renderer'), bootFiles: files('boot'), liveFiles: files('live') }
}
