import { Accordion, ActionIcon, Badge, Group, Stack, Table, Text, Title, Tooltip } from '@mantine/core'
import { IconPackage, IconTrash } from '@tabler/icons-react'
import type { ImageView, RevisionView } from '#shared/contract/views.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { useMay } from '../../bridge/index.ts'
import { useDiskWords } from '../../components/disk-words.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { formatMoment } from '../../i18n/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { showDialog } from '../../state/dialogs.ts'
import { byName } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import { Trash } from './Trash.tsx'

/** Every image with its revisions: what each holds, what a target must have, what it added to the repository. */
export function ImagesScreen() {
  const { images: words } = useTexts()
  const images = useConsole((data) => data.images)
  const trash = useConsole((data) => data.trash)
  return (
    <Stack>
      <Title order={1} size="h2">{words.title}</Title>
      {images.length === 0 ? (
        <EmptyHint title={words.empty} hint={words.emptyHint} Icon={IconPackage} />
      ) : (
        <Accordion variant="separated" multiple>{[...images].sort(byName).map((image) => <Image key={image.id} image={image} />)}</Accordion>
      )}
      {trash.length > 0 && <Trash revisions={trash} />}
    </Stack>
  )
}

function Image({ image }: { image: ImageView }) {
  const { images: words, language } = useTexts()
  const revisions = [...image.revisions].sort((a, b) => b.number - a.number)
  const [newest] = revisions
  const data = newest?.volumes.reduce((sum, { used }) => sum + used, 0) ?? 0
  return (
    <Accordion.Item value={String(image.id)}>
      <Accordion.Control icon={<IconPackage size={22} aria-hidden />}>
        <Group justify="space-between" pe="md">
          <div>
            <Text fw={600}>{image.name}</Text>
            <Text size="sm" c="dimmed">{image.description}</Text>
          </div>
          <Group gap="xs">
            <Badge variant="light" tt="none">{words.kinds[image.kind]}</Badge>
            <Badge variant="light" color="gray" tt="none">{words.revisions(revisions.length)}</Badge>
            <Text size="sm">{formatBytes(data, language)}</Text>
            {newest && <Text size="sm" c="dimmed">{formatMoment(newest.createdAt, language)}</Text>}
          </Group>
        </Group>
      </Accordion.Control>
      <Accordion.Panel><Revisions image={image} revisions={revisions} /></Accordion.Panel>
    </Accordion.Item>
  )
}

function Revisions({ image, revisions }: { image: ImageView; revisions: readonly RevisionView[] }) {
  const { images: words, language } = useTexts()
  const { filesystemName } = useDiskWords()
  const removes = useMay()('images.remove')
  return (
    <Table aria-label={image.name}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{words.revision}</Table.Th>
          <Table.Th>{words.created}</Table.Th>
          <Table.Th>{words.source}</Table.Th>
          <Table.Th>{words.volumes}</Table.Th>
          <Table.Th>{words.description}</Table.Th>
          <Table.Th ta="end">{words.stored}</Table.Th>
          {removes && <Table.Th />}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {revisions.map(({ id, number, createdAt, source, volumes, description, storedBytes }) => (
          <Table.Tr key={id}>
            <Table.Td>{number}</Table.Td>
            <Table.Td>{formatMoment(createdAt, language)}</Table.Td>
            <Table.Td>{source}</Table.Td>
            <Table.Td>
              {volumes.map(({ partition, filesystem, used, minimumSize }) => (
                <Text key={partition} size="sm">
                  {partition} · {filesystemName(filesystem)} · {formatBytes(used, language)} <Text span c="dimmed" size="sm">({words.minimum(formatBytes(minimumSize, language))})</Text>
                </Text>
              ))}
            </Table.Td>
            <Table.Td>{description}</Table.Td>
            <Table.Td ta="end">{formatBytes(storedBytes, language)}</Table.Td>
            {removes && (
              <Table.Td>
                <Tooltip label={words.remove}>
                  <ActionIcon
                    variant="subtle"
                    color="red"
                    aria-label={words.removeOne(image.name, number)}
                    onClick={() => showDialog({ kind: 'remove-revision', image: image.id, name: image.name, revision: number })}
                  >
                    <IconTrash size={18} />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
