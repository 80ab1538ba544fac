// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { byId } from '../../state/by-id.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { classroom, computer } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { NewComputerDialog } from './NewComputerDialog.tsx'

beforeEach(() => useConsole.setState({ ...emptyConsole, loaded: true, classrooms: [classroom], computers: byId([computer(1)]) }))
afterEach(cleanup)

function type(label: string, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } })
}
const submit = (): HTMLButtonElement => screen.getByRole<HTMLButtonElement>('button', { name: 'Añadir' })

test('each field says what is wrong with it, once something is typed', () => {
  show(<NewComputerDialog classroom={classroom.id} group={undefined} onClose={() => {}} />, fakeConsole({}))
  expect(screen.queryByText(/Letras sin acentos/)).toBeNull()
  expect(submit().disabled).toBe(true)
  type('Nombre', 'pc 2')
  type('Direcciones MAC', '52:54:00')
  expect(screen.getByText(/Letras sin acentos/)).toBeTruthy()
  expect(screen.getByText(/«52:54:00» no es una MAC/)).toBeTruthy()
  type('Nombre', 'pc-01')
  type('Direcciones MAC', '52-54-00-00-00-01')
  expect(screen.getByText('Ya hay un pc-01 en esta aula')).toBeTruthy()
  expect(screen.getByText('52:54:00:00:00:01 es ya de pc-01')).toBeTruthy()
  expect(submit().disabled).toBe(true)
})

test('what the console refuses is explained, what was typed stays, and it may be tried again', async () => {
  const refuse = vi.fn<() => void>(() => { throw new ClonaulaError('nameTaken', 'taken', { name: 'pc-02' }) })
  const console = fakeConsole({ 'computers.create': () => { refuse(); return computer(2) } })
  const onClose = vi.fn<() => void>()
  show(<NewComputerDialog classroom={classroom.id} group={undefined} onClose={onClose} />, console)
  type('Nombre', 'pc-02')
  type('Direcciones MAC', '52:54:00:00:00:02')
  fireEvent.click(submit())
  expect((await screen.findByRole('alert')).textContent).toContain('pc-02')
  expect(screen.getByLabelText<HTMLInputElement>('Nombre').value).toBe('pc-02')
  expect(screen.getByLabelText<HTMLTextAreaElement>('Direcciones MAC').value).toBe('52:54:00:00:00:02')

  refuse.mockReturnValue()
  fireEvent.click(submit())
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(console.calls.at(-1)).toEqual({ name: 'computers.create', args: { classroomId: 1, name: 'pc-02', macs: ['52:54:00:00:00:02'] } })
})
