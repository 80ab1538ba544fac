import { Radio, Stack, Text } from '@mantine/core'
import { EngineRules, FullCacheRule, NoCacheRule } from '#shared/domain/automatic-change.ts'
import { useClient } from '../../bridge/index.ts'
import { useTexts } from '../../state/texts.ts'
import { useSetting } from './use-setting.ts'

/** What computers do that cannot use the method that was asked for. */
export function EnginePanel() {
  const { admin: { engine: words } } = useTexts()
  const client = useClient()
  const [rules, keep] = useSetting((info) => info.engine, (chosen: EngineRules) => client.call('console.setEngine', chosen))
  const choose = (change: Partial<EngineRules>): void => keep(EngineRules.parse({ ...rules, ...change }))
  return (
    <Stack maw={720}>
      <Text>{words.intro}</Text>
      <Radio.Group label={words.noCache} value={rules?.noCache ?? null} onChange={(rule) => choose({ noCache: NoCacheRule.parse(rule) })}>
        <Stack gap="xs" mt="sm">
          {NoCacheRule.options.map((rule) => <Radio key={rule} value={rule} label={words.noCacheRules[rule]} />)}
        </Stack>
      </Radio.Group>
      <Radio.Group label={words.fullCache} value={rules?.fullCache ?? null} onChange={(rule) => choose({ fullCache: FullCacheRule.parse(rule) })}>
        <Stack gap="xs" mt="sm">
          {FullCacheRule.options.map((rule) => <Radio key={rule} value={rule} label={words.fullCacheRules[rule]} />)}
        </Stack>
      </Radio.Group>
      <Text size="sm" c="dimmed">{words.deploy}</Text>
    </Stack>
  )
}
