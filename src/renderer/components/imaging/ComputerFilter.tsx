import { Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useTexts } from '../../state/texts.ts'
import { StateBadge } from '../StateBadge.tsx'

interface Props {
  computers: readonly ComputerView[]
  excluded: ReadonlySet<ComputerId>
  /** What else matters of each for the choice. */
  renderDetail?: (computer: ComputerView) => ReactNode
  onExcluded: (excluded: ReadonlySet<ComputerId>) => void
}

/** Computers, to be left out one by one or by state. */
export function ComputerFilter({ computers, excluded, renderDetail, onExcluded }: Props) {
  const { restore: words } = useTexts()
  const set = (ids: readonly ComputerId[], out: boolean): void => {
    const next = new Set(excluded)
    for (const id of ids) {
      if (out) next.add(id)
      else next.delete(id)
    }
    onExcluded(next)
  }
  const unready = computers.filter(({ state }) => state !== 'waiting').map(({ id }) => id)
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm">{words.chosen(computers.filter(({ id }) => !excluded.has(id)).length, computers.length)}</Text>
        {unready.length > 0 && <Button size="compact-sm" variant="subtle" onClick={() => set(unready, true)}>{words.onlyReady}</Button>}
      </Group>
      <Group gap="md" mah={140} style={{ overflow: 'auto' }}>
        {computers.map((computer) => (
          <Group key={computer.id} gap={6} wrap="nowrap">
            <Checkbox
              size="sm"
              label={computer.name}
              checked={!excluded.has(computer.id)}
              onChange={(event) => set([computer.id], !event.currentTarget.checked)}
            />
            <StateBadge state={computer.state} />
            {renderDetail?.(computer)}
          </Group>
        ))}
      </Group>
    </Stack>
  )
}
