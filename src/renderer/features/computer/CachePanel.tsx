import { Alert, Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import type { ComputerView } from '#shared/contract/views.ts'
import type { CacheFacts } from '#shared/domain/cache.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { useClient } from '../../bridge/index.ts'
import { cachedName } from '../../components/cached-name.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { formatMoment } from '../../i18n/index.ts'
import { showDialog } from '../../state/dialogs.ts'
import { reportFailure } from '../../state/notices.ts'
import { useTexts } from '../../state/texts.ts'

/** What this computer keeps on its own disk for later restores. */
export function CachePanel({ computer: { id, hardware } }: { computer: ComputerView }) {
  const { cache: words, language } = useTexts()
  const cache = hardware?.cache
  const computers = [id]
  return (
    <Stack>
      {cache ? (
        <Paper withBorder p="md" component="section" aria-label={words.tab}>
          <Group justify="space-between" mb="sm">
            <Title order={2} size="h4">{words.room(formatBytes(cache.free, language), formatBytes(cache.size, language))}</Title>
            <Text size="sm" c="dimmed">{words.where(cache.device, cache.disk)}</Text>
          </Group>
          {cache.problem !== undefined && <Alert color="red">{words.unusable(cache.problem)}</Alert>}
          {cache.images.length === 0 ? <Text c="dimmed">{words.empty}</Text> : <Images cache={cache} computer={id} />}
        </Paper>
      ) : <EmptyHint title={words.none} hint={words.noneHint} />}
      <Group>
        {cache && (
          <>
            <Permitted call="cache.update"><Button onClick={() => showDialog({ kind: 'update-cache', computers })}>{words.update}</Button></Permitted>
            <Permitted call="cache.format"><Button variant="default" onClick={() => showDialog({ kind: 'format-cache', computers })}>{words.format}</Button></Permitted>
          </>
        )}
        <Permitted call="cache.prepare"><Button variant="default" onClick={() => showDialog({ kind: 'prepare-cache', computers })}>{cache ? words.remake : words.prepare}</Button></Permitted>
      </Group>
    </Stack>
  )
}

function Images({ cache, computer }: { cache: CacheFacts; computer: ComputerView['id'] }) {
  const { cache: words, language } = useTexts()
  const client = useClient()
  return (
    <Table aria-label={words.caption}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{words.columns.image}</Table.Th>
          <Table.Th ta="end">{words.columns.size}</Table.Th>
          <Table.Th>{words.columns.used}</Table.Th>
          <Table.Th />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {cache.images.map((image) => {
          const name = cachedName(image, words)
          return (
            <Table.Tr key={image.manifest}>
              <Table.Td>{name}{image.unpublished && <Text span size="sm" c="dimmed"> · {words.unpublished}</Text>}</Table.Td>
              <Table.Td ta="end">{formatBytes(image.bytes, language)}</Table.Td>
              <Table.Td>{formatMoment(image.usedAt, language)}</Table.Td>
              <Table.Td ta="end">
                {image.unpublished && (
                  <Permitted call="cache.publish">
                    <Button size="compact-sm" variant="subtle" aria-label={words.publishOne(name)} onClick={() => showDialog({ kind: 'publish-cached', computer, image })}>
                      {words.publish}
                    </Button>
                  </Permitted>
                )}
                <Permitted call="cache.delete">
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    color="red"
                    aria-label={words.removeOne(name)}
                    onClick={() => void client.call('cache.delete', { computers: [computer], manifest: image.manifest }).catch(reportFailure)}
                  >
                    {words.remove}
                  </Button>
                </Permitted>
              </Table.Td>
            </Table.Tr>
          )
        })}
      </Table.Tbody>
    </Table>
  )
}
