import { Group, Progress as Bar, Stack, Text } from '@mantine/core'
import { formatRate, formatSeconds, networkWords, stallText } from '#shared/i18n/index.ts'
import { percent, type Progress, type StallReason } from '#shared/domain/progress.ts'
import { useTexts } from '../state/texts.ts'
import { WARNED } from './tones.ts'

interface Props {
  progress: Progress
  /** Names the bar for those who hear it. */
  label: string
  stalled?: StallReason | undefined
}

/**
 * Phase, percent, rate, time left and network of something slow, or why it does not get on; of a phase that cannot be
 * measured only that it goes on.
 */
export function ProgressLine({ progress, label, stalled }: Props) {
  const texts = useTexts()
  const measured = progress.total > 0
  const value = measured ? percent(progress) : 100
  const phase = texts.words.phases[progress.phase] ?? progress.phase
  return (
    <Stack gap={2}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="xs" truncate>{phase}</Text>
        {measured && <Text size="xs" fw={600} style={{ whiteSpace: 'nowrap' }}>{value} %</Text>}
      </Group>
      <Bar.Root size="sm">
        <Bar.Section value={value} aria-label={label} color={stalled ? 'orange' : 'teal'} animated={!measured && !stalled} />
      </Bar.Root>
      <Group justify="space-between" gap="0 8px">
        {measured && <Text size="xs" c="dimmed">{formatRate(progress.rate, texts.language)}</Text>}
        {progress.secondsLeft !== undefined && !stalled && (
          <Text size="xs" c="dimmed">{texts.rooms.left(formatSeconds(progress.secondsLeft))}</Text>
        )}
      </Group>
      {progress.network && <Text size="xs" c="dimmed">{networkWords(texts.language, progress.network).join(' · ')}</Text>}
      {stalled && <Text size="xs" c={WARNED}>{stallText(texts.language, stalled)}</Text>}
    </Stack>
  )
}
