import { Alert, Button, Checkbox, Fieldset, Group, Input, Stack, Text } from '@mantine/core'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import type { PartitionGroup } from '#shared/domain/partition-groups.ts'
import { PartitionPicker } from '../../components/PartitionPicker.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { useTexts } from '../../state/texts.ts'
import { ImagePicker } from './ImagePicker.tsx'
import type { Decision } from './requests.ts'

interface Props {
  index: number
  group: PartitionGroup<ComputerView>
  excluded: ReadonlySet<ComputerId>
  onExcluded: (excluded: ReadonlySet<ComputerId>) => void
  decision: Decision
  onDecision: (decision: Decision) => void
}

/** One decision for computers whose disks are divided alike. */
export function GroupSection({ index, group: { computers, disks }, excluded, onExcluded, decision, onDecision }: Props) {
  const { restore: words } = useTexts()
  const title = `${words.group(index + 1)}: ${words.sameTable(computers.length)}`
  return (
    <Fieldset legend={title}>
      <Stack>
        <ComputerFilter computers={computers} excluded={excluded} onExcluded={onExcluded} />
        {disks.length === 0 ? (
          <Alert color="orange" role="status">{words.noInventory}</Alert>
        ) : (
          <>
            <Input.Wrapper label={words.destination} labelElement="div">
              <PartitionPicker
                name={`destination-${index}`}
                label={words.destination}
                disks={disks}
                value={decision.target}
                // Another destination may take other images: what was chosen for the first does not slip through.
                onChange={(target) => onDecision({ target })}
              />
            </Input.Wrapper>
            <ImagePicker disks={disks} decision={decision} onDecision={onDecision} />
          </>
        )}
      </Stack>
    </Fieldset>
  )
}

/** Computers of the group, to be left out one by one or by state. */
function ComputerFilter({ computers, excluded, onExcluded }: Pick<Props, 'excluded' | 'onExcluded'> & { computers: readonly ComputerView[] }) {
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
        {computers.map(({ id, name, state }) => (
          <Group key={id} gap={6} wrap="nowrap">
            <Checkbox size="sm" label={name} checked={!excluded.has(id)} onChange={(event) => set([id], !event.currentTarget.checked)} />
            <StateBadge state={state} />
          </Group>
        ))}
      </Group>
    </Stack>
  )
}
