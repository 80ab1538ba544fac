import { Checkbox, Fieldset, SimpleGrid } from '@mantine/core'
import type { WriteOptions } from '#shared/domain/restore-options.ts'
import { useTexts } from '../../state/texts.ts'

interface Props<O extends WriteOptions> {
  value: O
  onChange: (value: O) => void
}

/** How it is written, and what follows. */
export function WriteOptionsChoice<O extends WriteOptions>({ value, onChange }: Props<O>) {
  const { restore: words } = useTexts()
  const box = (option: keyof WriteOptions, label: string, description?: string) => (
    <Checkbox
      label={label}
      description={description}
      checked={value[option]}
      onChange={(event) => onChange({ ...value, [option]: event.currentTarget.checked })}
    />
  )
  return (
    <Fieldset legend={words.options}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl" verticalSpacing="sm">
        {box('delta', words.delta, words.deltaHint)}
        {box('verify', words.verify, words.verifyHint)}
        {box('discard', words.discard, words.discardHint)}
        {box('postconfigure', words.postconfigure)}
        {box('restart', words.restart)}
      </SimpleGrid>
    </Fieldset>
  )
}
