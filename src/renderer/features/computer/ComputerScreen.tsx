import { Button, Group, Menu, Stack, Tabs, Title } from '@mantine/core'
import { IconDeviceFloppy, IconDots, IconRestore, IconStackPush } from '@tabler/icons-react'
import { useMemo } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { Marks } from '../../components/Marks.tsx'
import { BootModeMark } from '../../components/BootModeMark.tsx'
import { OperationLog } from '../../components/OperationLog.tsx'
import { OperationsTable } from '../../components/OperationsTable.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { useConsole } from '../../state/console-store.ts'
import { showDialog } from '../../state/dialogs.ts'
import { reportFailure } from '../../state/notices.ts'
import { marksOf, newestFirst } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import { BootTimeline } from './BootTimeline.tsx'
import { CachePanel } from './CachePanel.tsx'
import { Disks } from './Disks.tsx'
import { Facts } from './Facts.tsx'

export function ComputerScreen({ id }: { id: ComputerId }) {
  const { computer: words, cache, shell } = useTexts()
  const computer = useConsole((data) => data.computers.get(id))
  if (!computer) return <EmptyHint title={words.notFound} hint={shell.goneHint} />
  const { tabs } = words
  return (
    <Stack>
      <Heading computer={computer} />
      <Tabs defaultValue="summary" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="summary">{tabs.summary}</Tabs.Tab>
          <Tabs.Tab value="disks">{tabs.disks}</Tabs.Tab>
          <Tabs.Tab value="cache">{cache.tab}</Tabs.Tab>
          <Tabs.Tab value="boot">{tabs.boot}</Tabs.Tab>
          <Tabs.Tab value="history">{tabs.history}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="summary"><Facts computer={computer} /></Tabs.Panel>
        <Tabs.Panel value="disks"><Disks hardware={computer.hardware} /></Tabs.Panel>
        <Tabs.Panel value="cache"><CachePanel computer={computer} /></Tabs.Panel>
        <Tabs.Panel value="boot"><BootTimeline macs={computer.macs} /></Tabs.Panel>
        <Tabs.Panel value="history"><History id={id} /></Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

function Heading({ computer }: { computer: ComputerView }) {
  const { rooms, deploy, computer: words } = useTexts()
  const client = useClient()
  const { id, name, state } = computer
  const maintained = state === 'maintenance'
  const setMaintenance = (): void => {
    client.call('computers.update', { id, maintenance: !maintained }).catch(reportFailure)
  }
  return (
    <Group justify="space-between">
      <Group>
        <Title order={1} size="h2">{name}</Title>
        <StateBadge state={state} />
        <Marks {...marksOf(computer)} />
        <BootModeMark mode={computer.bootMode} />
      </Group>
      <Group gap="xs">
        <Permitted call="restore.start">
          <Button leftSection={<IconRestore size={18} aria-hidden />} onClick={() => showDialog({ kind: 'restore', computers: [id] })}>{rooms.restore}</Button>
        </Permitted>
        <Permitted call="deploy.start">
          <Button variant="light" leftSection={<IconStackPush size={18} aria-hidden />} onClick={() => showDialog({ kind: 'deploy', computers: [id] })}>{deploy.action}</Button>
        </Permitted>
        <Permitted call="images.capture">
          <Button variant="default" leftSection={<IconDeviceFloppy size={18} aria-hidden />} onClick={() => showDialog({ kind: 'capture', computer: id })}>{rooms.createImage}</Button>
        </Permitted>
        <Menu position="bottom-end">
          <Menu.Target><Button variant="default" aria-label={rooms.actions(name)}><IconDots size={18} /></Button></Menu.Target>
          <Menu.Dropdown>
            <Permitted call="computers.update"><Menu.Item onClick={() => showDialog({ kind: 'edit', computer: id })}>{words.edit}</Menu.Item></Permitted>
            <Permitted call="computers.update"><Menu.Item onClick={() => showDialog({ kind: 'move', computers: [id] })}>{words.move}</Menu.Item></Permitted>
            <Permitted call="computers.update"><Menu.Item onClick={() => showDialog({ kind: 'boot-mode', computers: [id] })}>{rooms.bootMode.action}</Menu.Item></Permitted>
            <Permitted call="computers.update"><Menu.Item onClick={setMaintenance}>{maintained ? words.endMaintenance : words.maintenance}</Menu.Item></Permitted>
            <Menu.Divider />
            <Permitted call="computers.power"><Menu.Item onClick={() => showDialog({ kind: 'power', computers: [id], action: 'restart' })}>{rooms.restart}</Menu.Item></Permitted>
            <Permitted call="computers.power"><Menu.Item onClick={() => showDialog({ kind: 'power', computers: [id], action: 'shutdown' })}>{rooms.shutdown}</Menu.Item></Permitted>
            <Menu.Divider />
            <Permitted call="computers.remove"><Menu.Item color="red" onClick={() => showDialog({ kind: 'remove', computers: [id] })}>{words.remove}</Menu.Item></Permitted>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </Group>
  )
}

function History({ id }: { id: ComputerId }) {
  const { history } = useTexts().computer
  const all = useConsole((data) => data.operations)
  const operations = useMemo(() => newestFirst(all.values()).filter(({ computerId }) => computerId === id), [all, id])
  const [newest] = operations
  if (!newest) return <EmptyHint title={history.empty} hint={history.emptyHint} />
  return (
    <Stack>
      <OperationsTable operations={operations} />
      <OperationLog key={newest.id} operation={newest} />
    </Stack>
  )
}
