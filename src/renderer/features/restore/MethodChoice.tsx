import { Group, Radio, Stack, Text, Tooltip } from '@mantine/core'
import { AVAILABLE_METHODS, RestoreMethod } from '#shared/domain/method.ts'
import { useTexts } from '../../state/texts.ts'

/** All five, as people know them; those that this version does not carry out say so. */
export function MethodChoice({ value, onChange }: { value: RestoreMethod; onChange: (method: RestoreMethod) => void }) {
  const { restore: words } = useTexts()
  return (
    <Radio.Group aria-label={words.method} value={value} onChange={(method) => onChange(RestoreMethod.parse(method))}>
      <Stack gap={6}>
        {RestoreMethod.options.map((method) => {
          const available = AVAILABLE_METHODS.includes(method)
          return (
            <Tooltip key={method} label={words.methodLater} disabled={available} position="top-start">
              <Group gap="sm" wrap="nowrap">
                <Radio value={method} label={method} disabled={!available} w={190} />
                <Text size="sm" c="dimmed">{available ? words.methods[method] : `${words.methods[method]}. ${words.methodLater}.`}</Text>
              </Group>
            </Tooltip>
          )
        })}
      </Stack>
    </Radio.Group>
  )
}
