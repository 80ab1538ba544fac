import { Alert, Input, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { DiskTarget } from '#shared/domain/disk.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { CaptureOptions, ImageName } from '#shared/domain/image.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { ImageNameField } from '../../components/ImageNameField.tsx'
import { PartitionPicker } from '../../components/PartitionPicker.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { CaptureOptionsChoice } from './CaptureOptionsChoice.tsx'
import { DestinationChoice } from './DestinationChoice.tsx'

/** What of a reference computer becomes an image, and its name. */
export function CaptureDialog({ id, onClose }: { id: ComputerId; onClose: () => void }) {
  const { computer: { capture: words } } = useTexts()
  const client = useClient()
  const computer = useConsole((data) => data.computers.get(id))
  const [source, setSource] = useState<DiskTarget>()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [intoCache, setIntoCache] = useState(false)
  const [options, setOptions] = useState<CaptureOptions>(() => CaptureOptions.parse({}))
  const nameOk = ImageName.safeParse(name).success
  const { disks = [], cache } = computer?.hardware ?? {}

  const capture = async (): Promise<void> => {
    if (source) await client.call('images.capture', { computer: id, source, name, description, intoCache, ...options })
  }
  return (
    <FormDialog
      title={words.title(computer?.name ?? '')}
      submit={words.submit}
      size="xl"
      disabled={!source || !nameOk}
      onSubmit={capture}
      onClose={onClose}
    >
      {computer?.state !== 'waiting' && <Alert color="orange" role="status">{words.notConnected}</Alert>}
      <Input.Wrapper label={words.source} labelElement="div">
        {disks.length === 0
          ? <Text c="dimmed">{words.nothing}</Text>
          : <PartitionPicker name="source" label={words.source} disks={disks} value={source} onChange={setSource} />}
      </Input.Wrapper>
      <ImageNameField value={name} onChange={setName} />
      {!intoCache && <Textarea label={words.description} value={description} onChange={(event) => setDescription(event.currentTarget.value)} maxLength={1000} autosize minRows={1} />}
      {cache && cache.problem === undefined && <DestinationChoice cache={cache} value={intoCache} onChange={setIntoCache} />}
      <CaptureOptionsChoice value={options} onChange={setOptions} />
    </FormDialog>
  )
}
