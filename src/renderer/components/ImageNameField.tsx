import { TextInput } from '@mantine/core'
import { ImageName } from '#shared/domain/image.ts'
import { useTexts } from '../state/texts.ts'

/** The name of an image to be made; says what is wrong with it once something is typed. */
export function ImageNameField({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const { computer: { capture: words } } = useTexts()
  const wrong = value !== '' && !ImageName.safeParse(value).success
  return (
    <TextInput
      label={words.name}
      description={words.nameHint}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={wrong ? words.nameWrong : undefined}
      maxLength={100}
      data-autofocus
    />
  )
}
