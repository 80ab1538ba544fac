import { ActionIcon, Button, Group, Stack, Table, Text, Tooltip } from '@mantine/core'
import { IconPencil, IconTrash, IconUserPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { UserView } from '#shared/contract/views.ts'
import { useAnswer, useClient } from '../../bridge/index.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { formatMoment } from '../../i18n/index.ts'
import { useTexts } from '../../state/texts.ts'
import { UserDialog } from './UserDialog.tsx'

type Open = { kind: 'add' } | { kind: 'change' | 'remove'; user: UserView }

/** Who may log in from a browser. */
export function UsersPanel() {
  const { admin: { users: words } } = useTexts()
  const { answer: users, error, ask } = useAnswer('users.list', {})
  const [open, setOpen] = useState<Open>()
  const close = (): void => {
    setOpen(undefined)
    ask()
  }
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm">{words.intro}</Text>
        <Button leftSection={<IconUserPlus size={18} aria-hidden />} onClick={() => setOpen({ kind: 'add' })}>{words.add}</Button>
      </Group>
      {error !== undefined && <ErrorNote error={error} />}
      {users?.length === 0 && <EmptyHint title={words.none} hint={words.noneHint} Icon={IconUserPlus} />}
      {users && users.length > 0 && <Users users={users} onOpen={setOpen} />}
      {open?.kind === 'add' && <UserDialog users={users ?? []} onClose={close} />}
      {open?.kind === 'change' && <UserDialog users={users ?? []} user={open.user} onClose={close} />}
      {open?.kind === 'remove' && <RemoveUserDialog name={open.user.name} onClose={close} />}
    </Stack>
  )
}

function Users({ users, onOpen }: { users: readonly UserView[]; onOpen: (open: Open) => void }) {
  const { admin: { tabs, users: words }, words: { roles }, language } = useTexts()
  return (
    <Table aria-label={tabs.users}>
      <Table.Thead>
        <Table.Tr><Table.Th>{words.name}</Table.Th><Table.Th>{words.role}</Table.Th><Table.Th>{words.since}</Table.Th><Table.Th /></Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {users.map((user) => (
          <Table.Tr key={user.name}>
            <Table.Td>{user.name}</Table.Td>
            <Table.Td>{roles[user.role]}</Table.Td>
            <Table.Td>{formatMoment(user.createdAt, language)}</Table.Td>
            <Table.Td>
              <Group gap={4} justify="flex-end" wrap="nowrap">
                <Tooltip label={words.changeOne(user.name)}>
                  <ActionIcon variant="subtle" aria-label={words.changeOne(user.name)} onClick={() => onOpen({ kind: 'change', user })}><IconPencil size={18} /></ActionIcon>
                </Tooltip>
                <Tooltip label={words.removeOne(user.name)}>
                  <ActionIcon variant="subtle" color="red" aria-label={words.removeOne(user.name)} onClick={() => onOpen({ kind: 'remove', user })}><IconTrash size={18} /></ActionIcon>
                </Tooltip>
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function RemoveUserDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { admin: { users: words } } = useTexts()
  const client = useClient()
  return (
    <FormDialog title={words.removeOne(name)} submit={words.remove} danger onSubmit={() => client.call('users.remove', { name })} onClose={onClose}>
      <Text>{words.removeWarning}</Text>
    </FormDialog>
  )
}
