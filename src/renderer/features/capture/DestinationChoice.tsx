import { Radio, Stack } from '@mantine/core'
import type { CacheFacts } from '#shared/domain/cache.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { useTexts } from '../../state/texts.ts'

interface Props {
  cache: CacheFacts
  /** Into the CACHE. */
  value: boolean
  onChange: (intoCache: boolean) => void
}

/** The console's repository, or the computer's own CACHE. */
export function DestinationChoice({ cache, value, onChange }: Props) {
  const { computer: { capture: words }, language } = useTexts()
  return (
    <Radio.Group label={words.destination} value={value ? 'cache' : 'repository'} onChange={(chosen) => onChange(chosen === 'cache')}>
      <Stack gap="xs" mt={4}>
        <Radio value="repository" label={words.destinations.repository} />
        <Radio value="cache" label={words.destinations.cache(formatBytes(cache.free, language))} description={words.destinationHint} />
      </Stack>
    </Radio.Group>
  )
}
