/** What is installed at a destination, over many computers. Pure. */
import type { InstalledRevision } from '#shared/contract/views.ts'

export interface InstalledCount {
  installed: InstalledRevision
  computers: number
}

/** The same revision once, with how many have it; those that most have first. */
export function installedCounts(rows: readonly { installed?: InstalledRevision }[]): InstalledCount[] {
  const counts = new Map<string, InstalledCount>()
  for (const { installed } of rows) {
    if (!installed) continue
    const key = `${installed.image}@${installed.revision}`
    counts.set(key, { installed, computers: (counts.get(key)?.computers ?? 0) + 1 })
  }
  return [...counts.values()].sort((a, b) => b.computers - a.computers)
}
