import { Text } from '@mantine/core'
import type { OperationId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useConsole } from '../../state/console-store.ts'
import { restOfDeployment } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'

export function CancelDialog({ id, onClose }: { id: OperationId; onClose: () => void }) {
  const { operations: words } = useTexts()
  const client = useClient()
  const behind = useConsole((data) => restOfDeployment(data.operations, id).length)
  return (
    <FormDialog title={words.cancel} submit={words.cancel} danger onSubmit={() => client.call('operations.cancel', { id })} onClose={onClose}>
      <Text>{words.cancelled}</Text>
      {behind > 0 && <Text>{words.cancelsBehind(behind)}</Text>}
    </FormDialog>
  )
}
