import { NumberInput, Stack, Text } from '@mantine/core'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { useClient } from '../../bridge/index.ts'
import { useTexts } from '../../state/texts.ts'
import { useSetting } from './use-setting.ts'

/** How much of the network the console takes to send images. A limit holds once its field is left. */
export function TransfersPanel() {
  const { admin: { transfers: words } } = useTexts()
  const client = useClient()
  const [limits, keep] = useSetting((info) => info.transfers, (chosen: TransferLimits) => client.call('console.setTransfers', chosen))
  if (!limits) return null
  const change = (chosen: { [K in keyof TransferLimits]?: number | undefined }): void => {
    const { data } = TransferLimits.safeParse({ ...limits, ...chosen })
    if (data) keep(data)
  }
  return (
    <Stack maw={480}>
      <Text>{words.intro}</Text>
      <NumberInput
        key={`speed ${limits.unicastSpeed}`}
        label={words.speed}
        description={words.speedHint}
        placeholder={words.unlimited}
        suffix=" Mbit/s"
        min={1}
        max={100_000}
        allowDecimal={false}
        hideControls
        defaultValue={limits.unicastSpeed ?? ''}
        onBlur={({ currentTarget: { value } }) => change({ unicastSpeed: value === '' ? undefined : Number.parseInt(value, 10) })}
      />
      <NumberInput
        key={`clients ${limits.unicastClients}`}
        label={words.clients}
        description={words.clientsHint}
        min={1}
        max={1000}
        allowDecimal={false}
        hideControls
        defaultValue={limits.unicastClients}
        onBlur={({ currentTarget: { value } }) => change({ unicastClients: Number.parseInt(value, 10) })}
      />
    </Stack>
  )
}
