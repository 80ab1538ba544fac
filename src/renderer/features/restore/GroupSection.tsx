import { Alert, Fieldset, Input, Stack } from '@mantine/core'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import type { PartitionGroup } from '#shared/domain/partition-groups.ts'
import { ComputerFilter } from '../../components/imaging/ComputerFilter.tsx'
import type { Decision } from '../../components/imaging/image-options.ts'
import { ImagePicker } from '../../components/imaging/ImagePicker.tsx'
import { PartitionPicker } from '../../components/PartitionPicker.tsx'
import { useTexts } from '../../state/texts.ts'

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
