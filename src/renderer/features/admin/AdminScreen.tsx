import { Stack, Tabs, Title } from '@mantine/core'
import { useTexts } from '../../state/texts.ts'
import { AuditPanel } from './AuditPanel.tsx'
import { ClientsPanel } from './ClientsPanel.tsx'
import { EnginePanel } from './EnginePanel.tsx'
import { TransfersPanel } from './TransfersPanel.tsx'
import { UsersPanel } from './UsersPanel.tsx'

/** What only administrators see: users, who did what, what holds for every computer. */
export function AdminScreen() {
  const { admin } = useTexts()
  return (
    <Stack>
      <Title order={1} size="h2">{admin.title}</Title>
      <Tabs defaultValue="users" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="users">{admin.tabs.users}</Tabs.Tab>
          <Tabs.Tab value="audit">{admin.tabs.audit}</Tabs.Tab>
          <Tabs.Tab value="clients">{admin.tabs.clients}</Tabs.Tab>
          <Tabs.Tab value="engine">{admin.tabs.engine}</Tabs.Tab>
          <Tabs.Tab value="transfers">{admin.tabs.transfers}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users"><UsersPanel /></Tabs.Panel>
        <Tabs.Panel value="audit"><AuditPanel /></Tabs.Panel>
        <Tabs.Panel value="clients"><ClientsPanel /></Tabs.Panel>
        <Tabs.Panel value="engine"><EnginePanel /></Tabs.Panel>
        <Tabs.Panel value="transfers"><TransfersPanel /></Tabs.Panel>
      </Tabs>
    </Stack>
  )
}
