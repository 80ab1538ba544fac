// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { consoleInfo } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { TransfersPanel } from './TransfersPanel.tsx'

afterEach(() => {
  cleanup()
  useConsole.setState(emptyConsole)
})

function type(label: RegExp, text: string): void {
  const field = screen.getByLabelText(label)
  fireEvent.change(field, { target: { value: text } })
  fireEvent.blur(field)
}

test('a speed is kept when its field is left, and an empty one is no limit', async () => {
  useConsole.setState({ info: consoleInfo })
  const client = fakeConsole({ 'console.setTransfers': (limits) => ({ ...consoleInfo, transfers: TransferLimits.parse(limits) }) })
  show(<TransfersPanel />, client)
  type(/Velocidad/, '200')
  await waitFor(() => expect(useConsole.getState().info?.transfers).toEqual({ unicastSpeed: 200, unicastClients: 16 }))
  type(/Velocidad/, '')
  await waitFor(() => expect(useConsole.getState().info?.transfers).toEqual({ unicastClients: 16 }))
  type(/a la vez/, '')
  expect(client.calls).toHaveLength(2)
})
