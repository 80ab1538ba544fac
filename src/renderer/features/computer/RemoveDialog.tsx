import { List, Text } from '@mantine/core'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { go, useScreen } from '../../state/screen.ts'
import { useTexts } from '../../state/texts.ts'
import { useComputers } from '../../state/use-computers.ts'

/** Takes computers out of the inventory; the list says exactly which. */
export function RemoveDialog({ computers: ids, onClose }: { computers: ComputerId[]; onClose: () => void }) {
  const { computer: words } = useTexts()
  const client = useClient()
  const screen = useScreen()
  const computers = useComputers(ids)
  const [first] = computers

  /** One by one; after a failure, trying again goes on with those that are left. */
  const remove = async (): Promise<void> => {
    for (const { id } of computers) await client.call('computers.remove', { id })
    if (screen.name === 'computer' && first) go({ name: 'classroom', id: first.classroomId })
  }
  return (
    <FormDialog title={words.removeTitle(computers.map(({ name }) => name))} submit={words.removeSubmit} danger onSubmit={remove} onClose={onClose}>
      {computers.length > 1 && (
        <List size="sm" mah={200} style={{ overflow: 'auto' }}>{computers.map(({ id, name }) => <List.Item key={id}>{name}</List.Item>)}</List>
      )}
      <Text>{words.removeWarning(computers.length)}</Text>
    </FormDialog>
  )
}
