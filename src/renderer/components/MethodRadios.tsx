import { Group, Radio, Stack, Text } from '@mantine/core'
import type { RestoreMethod } from '#shared/domain/method.ts'
import { useTexts } from '../state/texts.ts'

interface Props<M extends RestoreMethod> {
  label: string
  methods: readonly M[]
  value: M
  /** How they are called here; by themselves, unless said. */
  nameOf?: (method: M) => string
  onChange: (method: M) => void
}

/** Ways in which an image reaches computers, each with what it means. */
export function MethodRadios<M extends RestoreMethod>({ label, methods, value, nameOf = String, onChange }: Props<M>) {
  const { restore: words } = useTexts()
  const choose = (text: string): void => {
    const method = methods.find((one) => one === text)
    if (method) onChange(method)
  }
  return (
    <Radio.Group aria-label={label} value={value} onChange={choose}>
      <Stack gap={6}>
        {methods.map((method) => (
          <Group key={method} gap="sm" wrap="nowrap">
            <Radio value={method} label={nameOf(method)} w={190} style={{ flexShrink: 0 }} />
            <Text size="sm" c="dimmed">{words.methods[method]}</Text>
          </Group>
        ))}
      </Stack>
    </Radio.Group>
  )
}
