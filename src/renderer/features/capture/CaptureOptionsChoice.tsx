import { Checkbox, Radio, SimpleGrid, Stack } from '@mantine/core'
import { CaptureMode, type CaptureOptions } from '#shared/domain/image.ts'
import { useTexts } from '../../state/texts.ts'

interface Props {
  value: CaptureOptions
  onChange: (value: CaptureOptions) => void
}

/** The three modes; what is done to the source first belongs to one of them, and stands below it. */
export function CaptureOptionsChoice({ value, onChange }: Props) {
  const { computer: { capture: words } } = useTexts()
  return (
    <Radio.Group label={words.mode} value={value.mode} onChange={(mode) => onChange({ ...value, mode: CaptureMode.parse(mode) })}>
      <Stack gap="xs" mt={4}>
        {CaptureMode.options.map((mode) => (
          <Stack key={mode} gap="xs">
            <Radio value={mode} label={words.modes[mode].name} description={words.modes[mode].hint} />
            {mode === 'filesystem' && <Preparation value={value} onChange={onChange} />}
          </Stack>
        ))}
      </Stack>
    </Radio.Group>
  )
}

function Preparation({ value, onChange }: Props) {
  const { computer: { capture: words } } = useTexts()
  const disabled = value.mode !== 'filesystem'
  const box = (option: 'clean' | 'shrink', label: string, description: string) => (
    <Checkbox
      label={label}
      description={description}
      disabled={disabled}
      checked={!disabled && value[option]}
      onChange={(event) => onChange({ ...value, [option]: event.currentTarget.checked })}
    />
  )
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl" verticalSpacing="xs" ml="xl">
      {box('clean', words.clean, words.cleanHint)}
      {box('shrink', words.shrink, words.shrinkHint)}
    </SimpleGrid>
  )
}
