import { Center, List, Loader, Text } from '@mantine/core'
import { formatBytes } from '#shared/i18n/index.ts'
import { useAnswer, useClient } from '../../bridge/index.ts'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useTexts } from '../../state/texts.ts'

/** Shows exactly what goes for good; the console does that and nothing else. */
export function EmptyTrashDialog({ onClose }: { onClose: () => void }) {
  const { images: { trash: words, nameOf }, language } = useTexts()
  const client = useClient()
  const { answer: plan, error, ask } = useAnswer('trash.plan', {})
  const empty = async (): Promise<void> => {
    if (!plan) return
    try {
      await client.call('trash.empty', { plan: plan.plan })
    } catch (reason) {
      // What is shown may be out of date: the next try is of what there is now.
      ask()
      throw reason
    }
  }
  return (
    <FormDialog title={words.emptyTitle} submit={words.emptySubmit} danger disabled={!plan} onSubmit={empty} onClose={onClose}>
      {error !== undefined && <ErrorNote error={error} />}
      {!plan && error === undefined && <Center><Loader /></Center>}
      {plan && (
        <>
          <List size="sm" mah={200} style={{ overflow: 'auto' }}>
            {plan.revisions.map(({ image, number }) => <List.Item key={`${image}@${number}`}>{nameOf(image, number)}</List.Item>)}
          </List>
          <Text>{words.emptyHint(formatBytes(plan.bytes, language))}</Text>
        </>
      )}
    </FormDialog>
  )
}
