import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useTexts } from '../../state/texts.ts'
import { useComputers } from '../../state/use-computers.ts'
import { LosingList } from './LosingList.tsx'

/** Takes every image out of CACHEs; the list says exactly which. */
export function FormatCacheDialog({ computers: ids, onClose }: { computers: ComputerId[]; onClose: () => void }) {
  const { cache: words } = useTexts()
  const client = useClient()
  const computers = useComputers(ids).filter(({ hardware }) => hardware?.cache)
  return (
    <FormDialog
      title={words.formatTitle(computers.length)}
      submit={words.formatSubmit}
      danger
      disabled={computers.length === 0}
      onSubmit={() => client.call('cache.format', { computers: computers.map(({ id }) => id) })}
      onClose={onClose}
    >
      {computers.length === 0 ? words.none : <LosingList computers={computers} />}
    </FormDialog>
  )
}
