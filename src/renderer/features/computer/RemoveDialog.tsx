import { Text } from '@mantine/core'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useConsole } from '../../state/console-store.ts'
import { go } from '../../state/screen.ts'
import { useTexts } from '../../state/texts.ts'

export function RemoveDialog({ id, onClose }: { id: ComputerId; onClose: () => void }) {
  const { computer: words } = useTexts()
  const client = useClient()
  const computer = useConsole((data) => data.computers.get(id))
  const remove = async (): Promise<void> => {
    await client.call('computers.remove', { id })
    if (computer) go({ name: 'classroom', id: computer.classroomId })
  }
  return (
    <FormDialog title={words.removeTitle(computer?.name ?? '')} submit={words.removeSubmit} danger onSubmit={remove} onClose={onClose}>
      <Text>{words.removeWarning}</Text>
    </FormDialog>
  )
}
