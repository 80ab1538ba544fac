import { Alert, List } from '@mantine/core'
import type { ComputerView } from '#shared/contract/views.ts'
import { cachedName } from '../../components/cached-name.ts'
import { useTexts } from '../../state/texts.ts'

/** The images that go with a CACHE, computer by computer; nothing where there is no CACHE yet. */
export function LosingList({ computers }: { computers: readonly ComputerView[] }) {
  const { cache: words } = useTexts()
  const losing = computers.filter(({ hardware }) => hardware?.cache)
  if (losing.length === 0) return null
  return (
    <Alert color="red" role="group" title={words.willLose} aria-label={words.willLose}>
      <List size="sm" mah={200} style={{ overflow: 'auto' }}>
        {losing.map(({ id, name, hardware }) => {
          const images = (hardware?.cache?.images ?? []).map((image) => cachedName(image, words))
          return <List.Item key={id}>{words.loses(name, images.join(', ') || words.losesNothing)}</List.Item>
        })}
      </List>
    </Alert>
  )
}
