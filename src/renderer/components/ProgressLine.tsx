import { Group, Progress as Bar, Stack, Text } from '@mantine/core'
import { formatRate, formatSeconds } from '#shared/i18n/index.ts'
import { percent, type Progress } from '#shared/domain/progress.ts'
import { useTexts } from '../state/texts.ts'

/**
 * Phase, percent, rate and time left of something slow; of a phase that cannot be measured only that it goes on.
 * `label` names the bar for those who hear it.
 */
export function ProgressLine({ progress, label, stalled }: { progress: Progress; label: string; stalled: boolean }) {
  const texts = useTexts()
  const measured = progress.total > 0
  const value = measured ? percent(progress) : 100
  const phase = texts.words.phases[progress.phase] ?? progress.phase
  return (
    <Stack gap={2}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="xs" truncate>{phase}</Text>
        {measured && <Text size="xs" fw={600}>{value} %</Text>}
      </Group>
      <Bar.Root size="sm">
        <Bar.Section value={value} aria-label={label} color={stalled ? 'orange' : 'teal'} animated={!measured && !stalled} />
      </Bar.Root>
      <Group justify="space-between" gap="0 8px">
        {measured && <Text size="xs" c="dimmed">{formatRate(progress.rate, texts.language)}</Text>}
        {progress.secondsLeft !== undefined && (
          <Text size="xs" c="dimmed">{texts.rooms.left(formatSeconds(progress.secondsLeft))}</Text>
        )}
      </Group>
    </Stack>
  )
}
