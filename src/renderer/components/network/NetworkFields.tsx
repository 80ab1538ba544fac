import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { useTexts } from '../../state/texts.ts'
import type { NetworkField, NetworkTexts } from './network-form.ts'

interface Props {
  fields: readonly NetworkField[]
  texts: NetworkTexts
  /** Those that cannot be as they are. */
  wrong: ReadonlySet<NetworkField>
  readOnly?: boolean
  /** What an empty multicast address means here, unless it is derived from the classroom's network. */
  emptyAddress?: string
  onChange: (texts: NetworkTexts) => void
}

/** Some of the network properties, each in its field, with what is wrong with it. */
export function NetworkFields({ fields, texts, wrong, readOnly = false, emptyAddress, onChange }: Props) {
  const { rooms: { network } } = useTexts()
  const hints: Partial<Record<NetworkField, string>> = { dns: network.listHint, multicastAddress: emptyAddress ?? network.derived }
  const choices: Partial<Record<NetworkField, Record<string, string>>> = { multicastMode: network.duplex, p2pMode: network.p2p }
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      {fields.map((field) => {
        const choice = choices[field]
        const change = (text: string): void => onChange({ ...texts, [field]: text })
        return choice ? (
          <NativeSelect
            key={field}
            label={network.fields[field]}
            value={texts[field]}
            disabled={readOnly}
            onChange={(event) => change(event.currentTarget.value)}
            data={Object.entries(choice).map(([value, label]) => ({ value, label }))}
          />
        ) : (
          <TextInput
            key={field}
            label={network.fields[field]}
            description={hints[field]}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={texts[field]}
            readOnly={readOnly}
            onChange={(event) => change(event.currentTarget.value)}
            error={wrong.has(field) ? network.errors[field] : undefined}
          />
        )
      })}
    </SimpleGrid>
  )
}
