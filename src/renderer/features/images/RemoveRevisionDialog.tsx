import { Text } from '@mantine/core'
import type { ImageId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useTexts } from '../../state/texts.ts'

interface Props {
  image: ImageId
  name: string
  revision: number
  onClose: () => void
}

export function RemoveRevisionDialog({ image, name, revision, onClose }: Props) {
  const { images: words } = useTexts()
  const client = useClient()
  return (
    <FormDialog
      title={words.removeOne(name, revision)}
      submit={words.remove}
      danger
      onSubmit={() => client.call('images.remove', { id: image, revision })}
      onClose={onClose}
    >
      <Text>{words.removeHint}</Text>
    </FormDialog>
  )
}
