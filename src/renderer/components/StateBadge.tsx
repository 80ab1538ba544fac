import { Badge } from '@mantine/core'
import type { ComputerState } from '#shared/domain/computer.ts'
import { useTexts } from '../state/texts.ts'
import { STATE_LOOKS } from './state-looks.ts'

/** A computer's state: colour, icon and word, always the three. */
export function StateBadge({ state, count }: { state: ComputerState; count?: number }) {
  const { words } = useTexts()
  const { Icon, background, text } = STATE_LOOKS[state]
  return (
    <Badge
      leftSection={<Icon size={13} aria-hidden />}
      styles={{ root: { background, color: text, flexShrink: 0 } }}
      tt="none"
      fw={600}
      data-state={state}
    >
      {count === undefined ? words.states[state] : words.stateCounts[state](count)}
    </Badge>
  )
}
