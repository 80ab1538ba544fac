// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import type { ComputerView } from '#shared/contract/views.ts'
import { byId } from '../../state/by-id.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { fakeConsole, type FakeConsole } from '../../testing/fake-console.ts'
import { computer } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { BootModeDialog } from './BootModeDialog.tsx'

afterEach(cleanup)

function open(rows: ComputerView[], console: FakeConsole, onClose = () => {}): void {
  useConsole.setState({ ...emptyConsole, loaded: true, computers: byId(rows) })
  show(<BootModeDialog computers={rows.map(({ id }) => id)} onClose={onClose} />, console)
}
const radio = (name: string): HTMLInputElement => screen.getByRole<HTMLInputElement>('radio', { name })
const save = (): HTMLButtonElement => screen.getByRole<HTMLButtonElement>('button', { name: 'Guardar' })

test('the mode that all have is chosen; where they differ someone has to choose', () => {
  open([computer(1, { bootMode: 'disk' }), computer(2, { bootMode: 'disk' })], fakeConsole({}))
  expect(radio('Disco local').checked).toBe(true)
  cleanup()
  open([computer(1, { bootMode: 'disk' }), computer(2)], fakeConsole({}))
  expect(screen.getAllByRole<HTMLInputElement>('radio').filter(({ checked }) => checked)).toEqual([])
  expect(save().disabled).toBe(true)
})

test('only those that change are told, and after a failure only those that are left', async () => {
  const rows = [computer(1), computer(2, { bootMode: 'disk' }), computer(3)]
  let down = true
  const console = fakeConsole({
    'computers.update': ({ id }) => {
      if (id === 3 && down) throw new Error('the console went away')
      const changed = computer(id, { bootMode: 'disk' })
      useConsole.setState(({ computers }) => ({ computers: new Map(computers).set(changed.id, changed) }))
      return changed
    },
  })
  const onClose = vi.fn<() => void>()
  open(rows, console, onClose)
  fireEvent.click(radio('Disco local'))
  fireEvent.click(save())
  await screen.findByRole('alert')
  down = false
  fireEvent.click(save())
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(console.calls.map(({ args }) => args)).toEqual([1, 3, 3].map((id) => ({ id, bootMode: 'disk' })))
})

test('iPXE is there for firmware that needs it, apart from the usual', () => {
  open([computer(1)], fakeConsole({}))
  expect(screen.getAllByRole<HTMLInputElement>('radio').map(({ value }) => value)).toEqual(['live', 'disk', 'live-admin', 'ipxe-live'])
  expect(screen.getByText('Netboot avanzado')).toBeTruthy()
})
