import { Text } from '@mantine/core'
import { useState } from 'react'
import type { ClassroomId, GroupId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { checkComputer } from '../../components/computer-form.ts'
import { ComputerFields } from '../../components/ComputerFields.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'

interface Props {
  classroom: ClassroomId
  group: GroupId | undefined
  onClose: () => void
}

/** A computer that has not booted yet, by its name and its network cards. */
export function NewComputerDialog({ classroom, group, onClose }: Props) {
  const { rooms: { newComputer } } = useTexts()
  const client = useClient()
  const computers = useConsole((data) => data.computers)
  const [texts, setTexts] = useState({ name: '', macs: '' })
  const checked = checkComputer(texts, { classroom, computers: computers.values() })

  const create = async (): Promise<void> => {
    if ('facts' in checked) await client.call('computers.create', { classroomId: classroom, ...(group !== undefined && { groupId: group }), ...checked.facts })
  }
  return (
    <FormDialog title={newComputer.title} submit={newComputer.submit} disabled={!('facts' in checked)} onSubmit={create} onClose={onClose}>
      <Text size="sm">{newComputer.intro}</Text>
      <ComputerFields texts={texts} onChange={setTexts} problems={'problems' in checked ? checked.problems : undefined} />
    </FormDialog>
  )
}
