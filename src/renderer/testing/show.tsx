import { MantineProvider } from '@mantine/core'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import type { Client } from '#shared/contract/rpc.ts'
import { ClientContext } from '../bridge/index.ts'
import { theme } from '../theme.ts'

/** Renders part of the screens with a console behind it; transitions are off, so that what opens is there. */
export function show(content: ReactNode, client: Client): void {
  render(
    <MantineProvider theme={theme} env="test">
      <ClientContext value={client}>{content}</ClientContext>
    </MantineProvider>,
  )
}
