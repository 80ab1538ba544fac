import { ActionIcon, Button, Card, Group, Menu, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconDots, IconPlus, IconSchool } from '@tabler/icons-react'
import { useMemo } from 'react'
import type { ClassroomView, SiteView } from '#shared/contract/views.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { useConsole } from '../../state/console-store.ts'
import { showDialog } from '../../state/dialogs.ts'
import { screenPath } from '../../state/screen.ts'
import { byName, classroomsOfSite, countByState } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import { useComputersOf } from '../../state/use-classroom.ts'

/** Every classroom with its computers by state: where a day starts. */
export function HomeScreen() {
  const { shell } = useTexts()
  const sites = useConsole((data) => data.sites)
  if (sites.length === 0) {
    return (
      <EmptyHint title={shell.nothing} hint={shell.nothingHint} Icon={IconSchool}>
        <Permitted call="sites.create">
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => showDialog({ kind: 'new-site' })}>{shell.newSite}</Button>
        </Permitted>
      </EmptyHint>
    )
  }
  return <Stack gap="xl">{[...sites].sort(byName).map((site) => <Site key={site.id} site={site} />)}</Stack>
}

function Site({ site }: { site: SiteView }) {
  const { shell, rooms } = useTexts()
  const all = useConsole((data) => data.classrooms)
  const classrooms = useMemo(() => classroomsOfSite(all, site.id), [all, site.id])
  return (
    <Stack component="section" aria-label={site.name}>
      <Group justify="space-between">
        <Title order={2} size="h3">{site.name}</Title>
        <Group gap="xs">
          <Permitted call="classrooms.create">
            <Button
              variant="light"
              leftSection={<IconPlus size={18} aria-hidden />}
              onClick={() => showDialog({ kind: 'new-classroom', site: site.id })}
            >
              {shell.newClassroom}
            </Button>
          </Permitted>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size={36} aria-label={rooms.actions(site.name)}><IconDots size={18} /></ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Permitted call="sites.update"><Menu.Item onClick={() => showDialog({ kind: 'rename-site', site: site.id })}>{rooms.rename}</Menu.Item></Permitted>
              <Permitted call="sites.remove"><Menu.Item color="red" onClick={() => showDialog({ kind: 'remove-site', site: site.id })}>{rooms.remove.action}</Menu.Item></Permitted>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      {classrooms.length === 0 && <Text c="dimmed">{shell.nothing}</Text>}
      <SimpleGrid cols={{ base: 2, lg: 3, xl: 4 }}>
        {classrooms.map((classroom) => <ClassroomCard key={classroom.id} classroom={classroom} />)}
      </SimpleGrid>
    </Stack>
  )
}

function ClassroomCard({ classroom }: { classroom: ClassroomView }) {
  const { words } = useTexts()
  const computers = useComputersOf({ classroom: classroom.id })
  return (
    <Card component="a" href={screenPath({ name: 'classroom', id: classroom.id })} withBorder>
      <Group justify="space-between" mb="xs">
        <Text fw={600}>{classroom.name}</Text>
        <Text size="sm" c="dimmed">{words.computers(computers.length)}</Text>
      </Group>
      <Group gap={6}>{[...countByState(computers)].map(([state, count]) => <StateBadge key={state} state={state} count={count} />)}</Group>
    </Card>
  )
}
