import { Divider, Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import { BootMode } from '#shared/domain/computer.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useTexts } from '../../state/texts.ts'
import { useComputers } from '../../state/use-computers.ts'

const USUAL = ['live', 'disk', 'live-admin'] as const satisfies readonly BootMode[]
const ADVANCED = ['ipxe-live'] as const satisfies readonly BootMode[]

/** Netboot: what computers do at their next network boots. */
export function BootModeDialog({ computers: ids, onClose }: { computers: ComputerId[]; onClose: () => void }) {
  const { words, rooms: { bootMode: texts } } = useTexts()
  const client = useClient()
  const computers = useComputers(ids)
  const [mode, setMode] = useState(() => commonMode(computers))

  /** One by one; after a failure, trying again goes on with those that are left. */
  const apply = async (): Promise<void> => {
    for (const { id, bootMode } of computers) {
      if (mode && bootMode !== mode) await client.call('computers.update', { id, bootMode: mode })
    }
  }
  const choice = (one: BootMode): React.ReactNode => <Radio key={one} value={one} label={words.bootModes[one]} description={texts.hints[one]} />
  return (
    <FormDialog title={texts.title(computers.length)} submit={words.save} size="lg" disabled={!mode} onSubmit={apply} onClose={onClose}>
      <Radio.Group label={texts.question} value={mode ?? null} onChange={(value) => setMode(BootMode.parse(value))}>
        <Stack gap="sm" mt="sm">
          {USUAL.map(choice)}
          <Divider label={texts.advanced} labelPosition="left" />
          {ADVANCED.map(choice)}
        </Stack>
      </Radio.Group>
    </FormDialog>
  )
}

/** Computers that differ start without a choice. */
function commonMode(computers: readonly ComputerView[]): BootMode | undefined {
  const modes = new Set(computers.map(({ bootMode }) => bootMode))
  return modes.size === 1 ? computers[0]?.bootMode : undefined
}
