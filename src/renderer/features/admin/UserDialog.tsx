import { PasswordInput, Radio, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Password, ROLES, UserName, type Role } from '#shared/contract/people.ts'
import type { UserView } from '#shared/contract/views.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useTexts } from '../../state/texts.ts'

interface Props {
  users: readonly UserView[]
  /** Who is changed; absent: somebody new. */
  user?: UserView
  onClose: () => void
}

/** A user's role and password; of somebody new the name too. */
export function UserDialog({ users, user, onClose }: Props) {
  const { admin: { users: words }, words: common } = useTexts()
  const client = useClient()
  const [name, setName] = useState(user?.name ?? '')
  const [role, setRole] = useState<Role>(user?.role ?? 'technician')
  const [password, setPassword] = useState('')
  const taken = !user && users.some((one) => one.name.toLowerCase() === name.trim().toLowerCase())
  const nameOk = UserName.safeParse(name).success && !taken
  const passwordOk = password === '' ? user !== undefined : Password.safeParse(password).success

  const nameProblem = taken ? words.taken(name.trim()) : words.nameRule
  return (
    <FormDialog
      title={user ? words.changeOne(user.name) : words.addTitle}
      submit={user ? common.save : words.addSubmit}
      disabled={!nameOk || !passwordOk}
      onSubmit={() => client.call('users.set', { name, role, ...(password !== '' && { password }) })}
      onClose={onClose}
    >
      {!user && (
        <TextInput
          label={words.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={name !== '' && !nameOk && nameProblem}
          autoComplete="off"
          data-autofocus
        />
      )}
      <Radio.Group label={words.role} value={role} onChange={setRole}>
        <Stack gap="xs" mt="xs">
          {ROLES.map((one) => <Radio key={one} value={one} label={common.roles[one]} description={words.roleHints[one]} />)}
        </Stack>
      </Radio.Group>
      <PasswordInput
        label={words.password}
        description={user ? words.keepPassword : words.passwordRule}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={password !== '' && !passwordOk && words.passwordRule}
        autoComplete="new-password"
      />
    </FormDialog>
  )
}
