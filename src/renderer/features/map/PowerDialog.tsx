import { List, Text } from '@mantine/core'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'

interface Props {
  computers: ComputerId[]
  action: 'restart' | 'shutdown'
  onClose: () => void
}

export function PowerDialog({ computers, action, onClose }: Props) {
  const { rooms } = useTexts()
  const client = useClient()
  const rows = useConsole((data) => data.computers)
  return (
    <FormDialog
      title={action === 'restart' ? rooms.restartQuestion : rooms.shutdownQuestion}
      submit={action === 'restart' ? rooms.restart : rooms.shutdown}
      danger
      onSubmit={() => client.call('computers.power', { computers, action })}
      onClose={onClose}
    >
      <Text>{rooms.powerWarning}</Text>
      <List mah={240} style={{ overflow: 'auto' }}>{computers.map((id) => <List.Item key={id}>{rows.get(id)?.name}</List.Item>)}</List>
    </FormDialog>
  )
}
