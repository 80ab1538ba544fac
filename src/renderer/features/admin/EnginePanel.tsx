import { Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { EngineRules, FullCacheRule, NoCacheRule } from '#shared/domain/automatic-change.ts'
import { useClient } from '../../bridge/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { reportFailure } from '../../state/notices.ts'
import { useTexts } from '../../state/texts.ts'

/** What computers do that cannot use the method that was asked for. */
export function EnginePanel() {
  const { admin: { engine: words } } = useTexts()
  const client = useClient()
  const kept = useConsole((data) => data.info?.engine)
  /** Chosen, and not yet known to be kept. */
  const [chosen, setChosen] = useState<EngineRules>()
  const rules = chosen ?? kept
  const choose = (change: Partial<EngineRules>): void => {
    const next = EngineRules.parse({ ...rules, ...change })
    setChosen(next)
    client.call('console.setEngine', next)
      .then((info) => useConsole.setState({ info }), reportFailure)
      .finally(() => setChosen(undefined))
  }
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
