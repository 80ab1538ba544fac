import { Text } from '@mantine/core'
import type { OperationId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useTexts } from '../../state/texts.ts'

export function CancelDialog({ id, onClose }: { id: OperationId; onClose: () => void }) {
  const { operations: words } = useTexts()
  const client = useClient()
  return (
    <FormDialog title={words.cancel} submit={words.cancel} danger onSubmit={() => client.call('operations.cancel', { id })} onClose={onClose}>
      <Text>{words.cancelled}</Text>
    </FormDialog>
  )
}
