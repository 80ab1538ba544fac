import { basename } from 'node:path'
import { withoutPart } from './files.ts'
import type { PlannedVolume } from './plan.ts'
import type { ImportNote } from './problem.ts'

/** Names that a note lists; of the others it says how many there are. */
const LISTED = 20

/**
 * A note of the files of a folder that nothing was made of, so that nothing is left out in silence.
 * @param isKnown whether a file has been read, or says nothing that an image needs
 */
export function noteOtherFiles(
  names: Iterable<string>, volumes: readonly PlannedVolume[], notes: readonly ImportNote[], isKnown: (name: string) => boolean,
): ImportNote[] {
  const accounted = [
    ...volumes.flatMap(({ files }) => files.map((path) => basename(path))),
    ...notes.flatMap((note) => ('files' in note ? note.files : [])),
  ].map(withoutPart)
  const isAccounted = (name: string): boolean => accounted.some((whole) => name === whole || name.startsWith(`${whole}.`))
  const files = [...names].filter((name) => !name.startsWith('.') && !isAccounted(name) && !isKnown(name))
  return files.length === 0 ? [] : [{ kind: 'otherFiles', files: files.slice(0, LISTED), more: Math.max(0, files.length - LISTED) }]
}
