import { MantineProvider } from '@mantine/core'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import type { Role } from '#shared/contract/people.ts'
import type { Client } from '#shared/contract/rpc.ts'
import { ClientContext, RoleContext } from '../bridge/index.ts'
import { theme } from '../theme.ts'

/** Renders part of the screens with a console behind it; transitions are off, so that what opens is there. */
export function show(content: ReactNode, client: Client, role: Role = 'administrator'): void {
  render(
    <MantineProvider theme={theme} env="test">
      <ClientContext value={client}>
        <RoleContext value={role}>{content}</RoleContext>
      </ClientContext>
    </MantineProvider>,
  )
}
