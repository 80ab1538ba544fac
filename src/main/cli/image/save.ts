import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { saveRevision, type EditedVolume, type SavedRevision } from '#image/browse/save-revision.ts'
import type { OpenRevision } from '#image/browse/revision.ts'
import { VERSION } from '../../platform/version.ts'
import type { ImageContext } from './image-command.ts'
import { revisionName } from './open-repository.ts'

const SAVED: Record<Language, (revision: string, bytes: string) => string> = {
  es: (revision, bytes) => `Guardada como ${revision}: ${bytes} nuevos.`,
  en: (revision, bytes) => `Saved as ${revision}: ${bytes} new.`,
}

/** Options of what may make a revision. */
export const DESCRIPTION = { description: { type: 'string', default: '' } } as const

/** Makes the next revision of what was written to one. @param signal that of the saving, which may come after a Ctrl-C */
export async function save(
  { onProgress }: ImageContext, revision: OpenRevision, volumes: readonly EditedVolume[], description: string, signal: AbortSignal,
): Promise<SavedRevision> {
  return saveRevision({ revision, volumes, creator: `clonaula ${VERSION}`, description, onProgress, signal })
}

export function savedValue({ ref, figures }: SavedRevision) {
  return { image: ref.image, revision: ref.revision, parent: ref.parent, manifest: ref.manifest, figures }
}

export function savedLine({ ref, figures }: SavedRevision, language: Language): string {
  return SAVED[language](revisionName(ref), formatBytes(figures.newBytes, language))
}
