import type { InstalledRevision } from '#shared/contract/views.ts'
import type { Texts } from '../../i18n/index.ts'

/** `Win10@3 · 2 newer revisions`. */
export function installedText({ deploy: words }: Texts, { image, revision, behind }: InstalledRevision): string {
  return [`${image}@${revision}`, ...(behind === undefined ? [] : [words.behind(behind)])].join(' · ')
}
