/** What the check of a computer says, column by column. */
import { Text } from '@mantine/core'
import type { RestorePlanRow } from '#shared/contract/views.ts'
import type { MethodUse } from '#shared/domain/automatic-change.ts'
import { cacheRoomText, estimateText, formatBytes, formatLinkSpeed, methodUseText, resultSentence, spaceText } from '#shared/i18n/index.ts'
import type { Texts } from '../../i18n/index.ts'
import { useTexts } from '../../state/texts.ts'
import type { Column } from '../DataTable.tsx'
import { BAD, GOOD, WARNED } from '../tones.ts'

/** The method, and below it why it is not what was asked for, or what comes before it. */
function Use({ use }: { use: MethodUse }) {
  const { language } = useTexts()
  return <Text size="sm" {...(use.changed || use.makeRoom ? { c: WARNED } : {})}>{methodUseText(language, use)}</Text>
}

/** A number stays with its unit. */
function Figure({ children }: { children: string }) {
  return <Text size="sm" style={{ whiteSpace: 'nowrap' }}>{children}</Text>
}

/** The room at the destination, the CACHE's, link and time only where something of them is known; by room: the tightest first. */
export function planColumns({ language, restore: words, words: common }: Texts, rows: readonly RestorePlanRow[], fits: string): Column<RestorePlanRow>[] {
  const sentence = ({ ok, refusal }: RestorePlanRow): string =>
    ok || !refusal ? fits : resultSentence(language, refusal.result, refusal.params)
  const room: Column<RestorePlanRow> = {
    id: 'space', header: words.space, sort: ({ space }) => (space ? space.available - space.needed : 0),
    cell: ({ space }) => space && <Figure>{spaceText(language, space)}</Figure>,
  }
  const cached: Column<RestorePlanRow> = {
    id: 'cache', header: words.cache, sort: ({ cache }) => (cache ? cache.free - cache.missing : 0),
    cell: ({ cache }) => cache && <Text size="sm" miw={130}>{cacheRoomText(language, cache)}</Text>,
  }
  const link: Column<RestorePlanRow> = {
    id: 'link', header: words.link, sort: ({ linkSpeed }) => linkSpeed ?? 0,
    cell: ({ linkSpeed }) => linkSpeed !== undefined && <Figure>{formatLinkSpeed(linkSpeed, language)}</Figure>,
  }
  const time: Column<RestorePlanRow> = {
    id: 'time', header: words.time, sort: ({ estimate }) => estimate?.seconds ?? 0,
    cell: ({ estimate }) => estimate && <Figure>{estimateText(language, estimate)}</Figure>,
  }
  return [
    { id: 'computer', header: common.computer, sort: ({ computerName }) => computerName, cell: ({ computerName }) => <Text size="sm" fw={600}>{computerName}</Text> },
    { id: 'verdict', header: words.verdict, sort: sentence, cell: (row) => <Text size="sm" miw={180} c={row.ok ? GOOD : BAD}>{sentence(row)}</Text> },
    { id: 'use', header: words.really, sort: ({ use }) => use?.method ?? '', cell: ({ use }) => use && <Use use={use} /> },
    { id: 'bytes', header: words.data, sort: ({ bytes }) => bytes, cell: ({ ok, bytes }) => ok && <Figure>{formatBytes(bytes, language)}</Figure> },
    ...(rows.some(({ space }) => space) ? [room] : []),
    ...(rows.some(({ cache }) => cache) ? [cached] : []),
    ...(rows.some(({ linkSpeed }) => linkSpeed !== undefined) ? [link] : []),
    ...(rows.some(({ estimate }) => estimate) ? [time] : []),
  ]
}
