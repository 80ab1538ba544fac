import { Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { CachedImage } from '#shared/domain/cache.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { ImageName } from '#shared/domain/image.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { ImageNameField } from '../../components/ImageNameField.tsx'
import { useTexts } from '../../state/texts.ts'

/** Makes a revision, which any computer may have, of an image that only one computer's CACHE holds. */
export function PublishCachedDialog({ computer, image, onClose }: { computer: ComputerId; image: CachedImage; onClose: () => void }) {
  const { cache: words, computer: { capture } } = useTexts()
  const client = useClient()
  const [name, setName] = useState<string>(image.name ?? '')
  const [description, setDescription] = useState('')
  const nameOk = ImageName.safeParse(name).success
  const publish = async (): Promise<void> => {
    await client.call('cache.publish', { computer, manifest: image.manifest, name, description })
  }
  return (
    <FormDialog title={words.publishTitle} submit={words.publishSubmit} disabled={!nameOk} onSubmit={publish} onClose={onClose}>
      <Text size="sm">{words.publishHint}</Text>
      <ImageNameField value={name} onChange={setName} />
      <Textarea label={capture.description} value={description} onChange={(event) => setDescription(event.currentTarget.value)} maxLength={1000} autosize minRows={1} />
    </FormDialog>
  )
}
