import { NumberInput, Text } from '@mantine/core'
import { useState } from 'react'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useTexts } from '../../state/texts.ts'
import { useComputers } from '../../state/use-computers.ts'
import { LosingList } from './LosingList.tsx'

const GIGABYTE = 1e9

/** Makes CACHEs; those that are there already lose their images, and are named. */
export function PrepareCacheDialog({ computers: ids, onClose }: { computers: ComputerId[]; onClose: () => void }) {
  const { cache: words } = useTexts()
  const client = useClient()
  const computers = useComputers(ids)
  const existing = computers.find(({ hardware }) => hardware?.cache)?.hardware?.cache
  const [disk, setDisk] = useState<number | string>(existing?.disk ?? 1)
  const [size, setSize] = useState<number | string>('')
  const prepare = (): Promise<unknown> => client.call('cache.prepare', {
    computers: ids, disk: Number(disk), ...(Number(size) > 0 && { size: Math.round(Number(size) * GIGABYTE) }),
  })
  return (
    <FormDialog title={words.prepareTitle(ids.length)} submit={words.prepareSubmit} danger={existing !== undefined} disabled={Number(disk) < 1} onSubmit={prepare} onClose={onClose}>
      <Text size="sm">{words.prepareHint}</Text>
      <NumberInput label={words.disk} min={1} max={64} value={disk} onChange={setDisk} />
      <NumberInput label={words.size} description={words.sizeHint} min={1} value={size} onChange={setSize} />
      <LosingList computers={computers} />
    </FormDialog>
  )
}
