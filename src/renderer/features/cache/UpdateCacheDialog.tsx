import { Input, Select, Text } from '@mantine/core'
import { useState } from 'react'
import type { ComputerId } from '#shared/domain/ids.ts'
import { CacheMethod } from '#shared/domain/method.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { MethodRadios } from '../../components/MethodRadios.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'

/** Brings the newest revision of an image into CACHEs, for a restore later. */
export function UpdateCacheDialog({ computers, onClose }: { computers: ComputerId[]; onClose: () => void }) {
  const { cache: words, restore } = useTexts()
  const client = useClient()
  const images = useConsole((data) => data.images)
  const [chosen, setChosen] = useState<string | null>(null)
  const [method, setMethod] = useState<CacheMethod>('UNICAST-CACHE')
  const image = images.find(({ id }) => String(id) === chosen)
  const update = async (): Promise<void> => {
    if (image) await client.call('cache.update', { computers, image: image.id, method })
  }
  return (
    <FormDialog title={words.updateTitle(computers.length)} submit={words.updateSubmit} size="lg" disabled={!image} onSubmit={update} onClose={onClose}>
      <Text size="sm">{words.updateHint}</Text>
      {images.length === 0 ? <Text c="dimmed">{words.noImages}</Text> : (
        <Select
          label={words.image}
          searchable={images.length > 10}
          data={images.map(({ id, name }) => ({ value: String(id), label: name }))}
          value={chosen}
          onChange={setChosen}
        />
      )}
      <Input.Wrapper label={restore.method} labelElement="div">
        <MethodRadios label={restore.method} methods={CacheMethod.options} value={method} onChange={setMethod} />
      </Input.Wrapper>
    </FormDialog>
  )
}
