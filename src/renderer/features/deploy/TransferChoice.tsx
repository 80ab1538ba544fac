import { Fieldset, Stack, Text } from '@mantine/core'
import { methodOf, transferOf, type DeployTransfer } from '#shared/domain/deploy/deploy-command.ts'
import { MethodRadios } from '../../components/MethodRadios.tsx'
import type { NetworkField, NetworkTexts } from '../../components/network/network-form.ts'
import { NetworkFields } from '../../components/network/NetworkFields.tsx'
import { useTexts } from '../../state/texts.ts'
import { fieldsOf } from './commands.ts'

interface Props {
  transfers: readonly DeployTransfer[]
  transfer: DeployTransfer
  onTransfer: (transfer: DeployTransfer) => void
  /** How the network is used, this time. */
  texts: NetworkTexts
  wrong: ReadonlySet<NetworkField>
  onTexts: (texts: NetworkTexts) => void
}

/** How the image travels, with all that can be said of its protocol. */
export function TransferChoice({ transfers, transfer, onTransfer, texts, wrong, onTexts }: Props) {
  const { deploy: words } = useTexts()
  const fields = fieldsOf(transfer)
  return (
    <Fieldset legend={words.transfer}>
      <Stack>
        <MethodRadios
          label={words.transfer}
          methods={transfers.map((each) => methodOf(each))}
          value={methodOf(transfer)}
          nameOf={transferOf}
          onChange={(method) => onTransfer(transferOf(method))}
        />
        {fields.length > 0 && (
          <>
            <Text size="sm" c="dimmed">{words.protocol}</Text>
            <NetworkFields fields={fields} texts={texts} wrong={wrong} emptyAddress={words.emptyAddress} onChange={onTexts} />
          </>
        )}
      </Stack>
    </Fieldset>
  )
}
