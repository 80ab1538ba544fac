import { Alert, Fieldset, Input, Stack } from '@mantine/core'
import { useMemo } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import { partitionGroups } from '#shared/domain/partition-groups.ts'
import type { Decision } from '../../components/imaging/image-options.ts'
import { ImagePicker } from '../../components/imaging/ImagePicker.tsx'
import { PartitionPicker } from '../../components/PartitionPicker.tsx'
import { useTexts } from '../../state/texts.ts'
import type { InstalledCount } from './installed-counts.ts'
import { InstalledNote } from './InstalledNote.tsx'

interface Props {
  computers: readonly ComputerView[]
  decision: Decision
  onDecision: (decision: Decision) => void
  /** At what is chosen. */
  installed: readonly InstalledCount[]
}

/** One destination for all, chosen from the partition table that most of them have, and the image for it. */
export function DestinationChoice({ computers, decision, onDecision, installed }: Props) {
  const { deploy: words, restore } = useTexts()
  const [most, ...others] = useMemo(() => partitionGroups(computers.filter(({ hardware }) => hardware)), [computers])
  return (
    <Fieldset legend={words.destinationAndImage}>
      {!most || most.disks.length === 0 ? <Alert color="orange" role="status">{restore.noInventory}</Alert> : (
        <Stack>
          {others.length > 0 && <Alert color="orange" role="status" py={8}>{words.differ(most.computers.length, computers.length)}</Alert>}
          <Input.Wrapper label={restore.destination} labelElement="div">
            <PartitionPicker
              name="destination"
              label={restore.destination}
              disks={most.disks}
              value={decision.target}
              // Another destination may take other images: what was chosen for the first does not slip through.
              onChange={(target) => onDecision({ target })}
            />
          </Input.Wrapper>
          <ImagePicker disks={most.disks} decision={decision} onDecision={onDecision} />
          <InstalledNote counts={installed} />
        </Stack>
      )}
    </Fieldset>
  )
}
