import { useState } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { checkComputer, type ComputerTexts } from '../../components/computer-form.ts'
import { ComputerFields } from '../../components/ComputerFields.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'

/** What a computer is called, and by which network cards it is known. */
export function EditDialog({ id, onClose }: { id: ComputerId; onClose: () => void }) {
  const computer = useConsole((data) => data.computers.get(id))
  return computer ? <Edit computer={computer} onClose={onClose} /> : null
}

function Edit({ computer: { id, name, macs, classroomId }, onClose }: { computer: ComputerView; onClose: () => void }) {
  const { words, computer } = useTexts()
  const client = useClient()
  const computers = useConsole((data) => data.computers)
  const [texts, setTexts] = useState<ComputerTexts>(() => ({ name, macs: macs.join('\n') }))
  const checked = checkComputer(texts, { classroom: classroomId, computers: computers.values(), self: id })
  const save = async (): Promise<void> => {
    if ('facts' in checked) await client.call('computers.update', { id, ...checked.facts })
  }
  return (
    <FormDialog title={computer.editTitle} submit={words.save} disabled={!('facts' in checked)} onSubmit={save} onClose={onClose}>
      <ComputerFields texts={texts} onChange={setTexts} problems={'problems' in checked ? checked.problems : undefined} />
    </FormDialog>
  )
}
