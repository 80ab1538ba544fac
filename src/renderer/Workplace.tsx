/** Everything that a person works with once connected: the frame, the screen chosen, the dialog open. */
import { Alert, AppShell, Center, Loader } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useEffect } from 'react'
import type { Role } from '#shared/contract/people.ts'
import type { Client } from '#shared/contract/rpc.ts'
import { ClientContext, RoleContext, type Door } from './bridge/index.ts'
import { Dialogs } from './Dialogs.tsx'
import { Header } from './features/shell/Header.tsx'
import { Notices } from './features/shell/Notices.tsx'
import { SideTree } from './features/shell/SideTree.tsx'
import { Screens } from './Screens.tsx'
import { useConsole } from './state/console-store.ts'
import { keepInStep } from './state/sync.ts'
import { useTexts } from './state/texts.ts'

interface Props {
  door: Door
  client: Client
  role: Role
  offline: boolean
}

export function Workplace({ door, client, role, offline }: Props) {
  const { shell } = useTexts()
  const loaded = useConsole((data) => data.loaded)
  useEffect(() => keepInStep(client), [client])
  return (
    <ClientContext value={client}>
      <RoleContext value={role}>
        <AppShell header={{ height: 56 }} navbar={{ width: 248, breakpoint: 0 }} padding="md">
          <AppShell.Header>
            <Header onLogout={door.kind === 'browser' ? door.logout : undefined} />
          </AppShell.Header>
          <AppShell.Navbar>
            <SideTree />
          </AppShell.Navbar>
          <AppShell.Main>
            {offline && <Alert role="status" color="orange" mb="md" icon={<IconPlugConnectedX aria-hidden />}>{shell.offline}</Alert>}
            {loaded ? <Screens /> : <Center h={300}><Loader aria-label={shell.connecting} /></Center>}
          </AppShell.Main>
        </AppShell>
        <Dialogs />
        <Notices />
      </RoleContext>
    </ClientContext>
  )
}
