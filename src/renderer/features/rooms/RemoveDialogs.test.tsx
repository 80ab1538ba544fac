// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { byId } from '../../state/by-id.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { classroom, computer } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { RemoveClassroomDialog } from './RemoveDialogs.tsx'

beforeEach(() => useConsole.setState({ ...emptyConsole, loaded: true, classrooms: [classroom] }))
afterEach(cleanup)

const submit = (): HTMLButtonElement => screen.getByRole<HTMLButtonElement>('button', { name: 'Eliminar' })

test('a classroom with computers goes only under its own name', async () => {
  useConsole.setState({ computers: byId([computer(1), computer(2)]) })
  const console = fakeConsole({ 'classrooms.remove': () => null })
  const onClose = vi.fn<() => void>()
  show(<RemoveClassroomDialog id={classroom.id} onClose={onClose} />, console)
  expect(screen.getByText(/sus 2 ordenadores/)).toBeTruthy()
  const name = screen.getByLabelText(/Escriba el nombre/)
  for (const typed of ['', 'Aula', 'aula 1']) {
    fireEvent.change(name, { target: { value: typed } })
    expect(submit().disabled).toBe(true)
  }
  fireEvent.change(name, { target: { value: ' Aula 1 ' } })
  fireEvent.click(submit())
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(console.calls).toEqual([{ name: 'classrooms.remove', args: { id: classroom.id } }])
  expect(window.location.hash).toBe('#/home')
})

test('an empty one goes after one question', () => {
  show(<RemoveClassroomDialog id={classroom.id} onClose={() => undefined} />, fakeConsole({}))
  expect(submit().disabled).toBe(false)
  expect(screen.queryByLabelText(/Escriba el nombre/)).toBeNull()
})
