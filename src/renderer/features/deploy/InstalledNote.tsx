import { List, Text } from '@mantine/core'
import { installedText } from '../../components/imaging/installed-text.ts'
import { WARNED } from '../../components/tones.ts'
import { useTexts } from '../../state/texts.ts'
import type { InstalledCount } from './installed-counts.ts'

/** Which revisions are there by now, and how many newer ones there are. */
export function InstalledNote({ counts }: { counts: readonly InstalledCount[] }) {
  const texts = useTexts()
  const { deploy: words, words: common } = texts
  if (counts.length === 0) return null
  return (
    <div role="status" aria-label={words.installedNow}>
      <Text size="sm" fw={500}>{words.installedNow}</Text>
      <List size="sm">
        {counts.map(({ installed, computers }) => (
          <List.Item key={installedText(texts, installed)}>
            <Text span size="sm" {...((installed.behind ?? 0) > 0 && { c: WARNED })}>{installedText(texts, installed)}</Text>
            {` (${common.computers(computers)})`}
          </List.Item>
        ))}
      </List>
    </div>
  )
}
