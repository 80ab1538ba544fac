import { Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { IconArrowBackUp, IconTrashX } from '@tabler/icons-react'
import type { TrashedView } from '#shared/contract/views.ts'
import { useClient } from '../../bridge/index.ts'
import { Permitted } from '../../components/Permitted.tsx'
import { formatMoment } from '../../i18n/index.ts'
import { showDialog } from '../../state/dialogs.ts'
import { reportFailure } from '../../state/notices.ts'
import { useTexts } from '../../state/texts.ts'

/** What was thrown away, and can be had back until it is emptied. */
export function Trash({ revisions }: { revisions: readonly TrashedView[] }) {
  const { images: words, language } = useTexts()
  const client = useClient()
  const { columns } = words.trash
  return (
    <Paper withBorder p="md" mt="lg" component="section" aria-label={words.trash.title}>
      <Stack>
        <Group justify="space-between">
          <Title order={2} size="h4">{words.trash.title}</Title>
          <Permitted call="trash.empty">
            <Button variant="light" color="red" leftSection={<IconTrashX size={18} aria-hidden />} onClick={() => showDialog({ kind: 'empty-trash' })}>{words.trash.empty}</Button>
          </Permitted>
        </Group>
        <Text size="sm">{words.trash.intro}</Text>
        <Table aria-label={words.trash.title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{columns.image}</Table.Th>
              <Table.Th>{words.revision}</Table.Th>
              <Table.Th>{words.created}</Table.Th>
              <Table.Th>{columns.trashed}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {revisions.map(({ imageId, image, number, createdAt, trashedAt }) => (
              <Table.Tr key={`${imageId}/${number}`}>
                <Table.Td>{image}</Table.Td>
                <Table.Td>{number}</Table.Td>
                <Table.Td>{formatMoment(createdAt, language)}</Table.Td>
                <Table.Td>{formatMoment(trashedAt, language)}</Table.Td>
                <Table.Td ta="end">
                  <Permitted call="trash.putBack">
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      leftSection={<IconArrowBackUp size={16} aria-hidden />}
                      aria-label={words.trash.putBackOne(image, number)}
                      onClick={() => void client.call('trash.putBack', { id: imageId, revision: number }).catch(reportFailure)}
                    >
                      {words.trash.putBack}
                    </Button>
                  </Permitted>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Stack>
    </Paper>
  )
}
