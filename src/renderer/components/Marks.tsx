import { Badge, Group } from '@mantine/core'
import { IconAlertTriangle, IconClockPause } from '@tabler/icons-react'
import { useTexts } from '../state/texts.ts'

/** What goes on top of a state. Stalled is not failed: it may go on by itself. */
export function Marks({ stalled, failed }: { stalled: boolean; failed: boolean }) {
  const { words } = useTexts()
  if (!stalled && !failed) return null
  return (
    <Group gap={4} wrap="nowrap">
      {stalled && (
        <Badge variant="outline" color="orange" tt="none" leftSection={<IconClockPause size={13} aria-hidden />}>
          {words.marks.stalled}
        </Badge>
      )}
      {failed && (
        <Badge color="red" variant="outline" tt="none" leftSection={<IconAlertTriangle size={13} aria-hidden />}>
          {words.marks.failed}
        </Badge>
      )}
    </Group>
  )
}
