import { Text, Timeline } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { BootTimelineView } from '#shared/contract/views.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { formatClock } from '../../i18n/index.ts'
import { reportFailure } from '../../state/notices.ts'
import { useTexts } from '../../state/texts.ts'

/** What the computer did on its way from power to agent, and where it stopped if it did. */
export function BootTimeline({ macs }: { macs: readonly MacAddress[] }) {
  const { language, words, computer: { boot } } = useTexts()
  const timeline = useTimeline(macs)
  if (!timeline || timeline.events.length === 0) return <EmptyHint title={boot.empty} hint={boot.emptyHint} />
  const { events, stoppedAt } = timeline
  return (
    <Timeline active={events.length - 1} bulletSize={22} lineWidth={2} color={stoppedAt ? 'orange' : 'teal'}>
      {events.map(({ phase, detail, at }, index) => {
        const stopped = index === events.length - 1 && stoppedAt !== undefined
        return (
          <Timeline.Item
            key={`${at}-${phase}-${detail}`}
            title={stopped ? boot.stopped(words.bootPhases[phase]) : words.bootPhases[phase]}
            bullet={stopped ? <IconAlertTriangle size={14} aria-hidden /> : <IconCheck size={14} aria-hidden />}
          >
            <Text size="sm" c="dimmed">{formatClock(at, language)} · {detail}</Text>
          </Timeline.Item>
        )
      })}
    </Timeline>
  )
}

/** Read when shown, and again whenever one of the cards is heard. */
function useTimeline(macs: readonly MacAddress[]): BootTimelineView | undefined {
  const client = useClient()
  const [timeline, setTimeline] = useState<BootTimelineView>()
  const [mac] = macs
  useEffect(() => {
    if (!mac) return undefined
    const read = (): void => {
      client.call('computers.timeline', { mac }).then(setTimeline, reportFailure)
    }
    read()
    return client.on('boot.event', (event) => {
      if (event.mac === mac) read()
    })
  }, [client, mac])
  return timeline
}
