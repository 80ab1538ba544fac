import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { HostName, type ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'

export function RenameDialog({ id, onClose }: { id: ComputerId; onClose: () => void }) {
  const { words, computer } = useTexts()
  const client = useClient()
  const [name, setName] = useState<string>(useConsole((data) => data.computers.get(id)?.name) ?? '')
  const valid = HostName.safeParse(name).success
  return (
    <FormDialog title={computer.renameTitle} submit={words.save} disabled={!valid} onSubmit={() => client.call('computers.update', { id, name })} onClose={onClose}>
      <TextInput label={words.name} value={name} onChange={(event) => setName(event.currentTarget.value)} error={valid ? undefined : words.hostNameRule} data-autofocus />
    </FormDialog>
  )
}
