import { ActionIcon, Badge, Divider, Group, NavLink, Stack, Text, Tooltip } from '@mantine/core'
import { IconListDetails, IconPackage, IconPlus, IconServer2, IconUserQuestion, IconUsers } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useMay } from '../../bridge/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { showDialog } from '../../state/dialogs.ts'
import { screenPath, useScreen, type Screen } from '../../state/screen.ts'
import { useTexts } from '../../state/texts.ts'
import { Tree } from './Tree.tsx'
import { treeNodes } from './tree-nodes.ts'

export function SideTree() {
  const { shell } = useTexts()
  const may = useMay()
  const { sites, classrooms, groups, computers, pending } = useConsole()
  const nodes = useMemo(
    () => treeNodes({ sites, classrooms, groups, computers: [...computers.values()] }),
    [sites, classrooms, groups, computers],
  )
  return (
    <Stack gap={0} h="100%">
      <Group justify="space-between" px="sm" pt="xs" pb={4}>
        <Text size="sm" fw={600} id="tree-label">{shell.tree}</Text>
        {may('sites.create') && (
          <Tooltip label={shell.newSite}>
            <ActionIcon variant="subtle" aria-label={shell.newSite} onClick={() => showDialog({ kind: 'new-site' })}><IconPlus size={18} /></ActionIcon>
          </Tooltip>
        )}
      </Group>
      <Tree nodes={nodes} labelledBy="tree-label" />
      <Divider />
      <Stack component="nav" gap={0} p={4}>
        <Place screen={{ name: 'pending' }} label={shell.pending} icon={<IconUserQuestion size={18} aria-hidden />} count={pending.length} />
        <Place screen={{ name: 'images' }} label={shell.images} icon={<IconPackage size={18} aria-hidden />} />
        <Place screen={{ name: 'operations' }} label={shell.operations} icon={<IconListDetails size={18} aria-hidden />} />
        <Place screen={{ name: 'services' }} label={shell.services} icon={<IconServer2 size={18} aria-hidden />} />
        {may('users.list') && <Place screen={{ name: 'admin' }} label={shell.admin} icon={<IconUsers size={18} aria-hidden />} />}
      </Stack>
    </Stack>
  )
}

function Place({ screen, label, icon, count = 0 }: { screen: Screen; label: string; icon: React.ReactNode; count?: number }) {
  const active = useScreen().name === screen.name
  return (
    <NavLink
      href={screenPath(screen)}
      label={label}
      leftSection={icon}
      active={active}
      aria-current={active ? 'page' : undefined}
      rightSection={count > 0 && <Badge circle={count < 10}>{count}</Badge>}
    />
  )
}
