import { Alert, Button, Center, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import type { Door, LoginResult } from '../../bridge/index.ts'
import { LanguageSwitch } from '../../components/LanguageSwitch.tsx'
import { useTexts } from '../../state/texts.ts'

export function LoginScreen({ door }: { door: Door }) {
  const { login } = useTexts().shell
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<LoginResult>('ok')

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setResult(await door.login(name, password))
    setBusy(false)
  }
  return (
    <Center h="100%" component="main">
      <Paper component="form" withBorder shadow="sm" p="xl" w={460} onSubmit={(event) => void submit(event)}>
        <Stack>
          <Group justify="space-between" wrap="nowrap">
            <Title order={1} size="h3">{login.title}</Title>
            <LanguageSwitch />
          </Group>
          <TextInput label={login.user} value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="username" autoFocus required withAsterisk={false} />
          <PasswordInput label={login.password} value={password} onChange={(event) => setPassword(event.currentTarget.value)} autoComplete="current-password" required withAsterisk={false} />
          {result !== 'ok' && <Alert role="alert" color="red">{login[result]}</Alert>}
          <Button type="submit" loading={busy}>{login.submit}</Button>
          <Text size="sm" c="dimmed">{login.hint}</Text>
        </Stack>
      </Paper>
    </Center>
  )
}
