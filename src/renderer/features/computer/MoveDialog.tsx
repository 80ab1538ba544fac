import { useState } from 'react'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { PlaceFields, placeOf } from '../../components/PlaceFields.tsx'
import { useTexts } from '../../state/texts.ts'
import { useComputers } from '../../state/use-computers.ts'

/** Takes computers to another classroom or group. */
export function MoveDialog({ computers: ids, onClose }: { computers: ComputerId[]; onClose: () => void }) {
  const { computer: words } = useTexts()
  const client = useClient()
  const computers = useComputers(ids)
  const [place, setPlace] = useState(() => placeOf(computers[0]))

  /** One by one; after a failure, trying again does no harm. */
  const move = async (): Promise<void> => {
    const { classroom, group } = place
    if (classroom === undefined) return
    for (const { id } of computers) await client.call('computers.update', { id, classroomId: classroom, groupId: group ?? null })
  }
  return (
    <FormDialog title={words.moveTitle(computers.map(({ name }) => name))} submit={words.moveSubmit} disabled={place.classroom === undefined} onSubmit={move} onClose={onClose}>
      <PlaceFields place={place} onChange={setPlace} />
    </FormDialog>
  )
}
