// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { Dialogs } from './Dialogs.tsx'
import { byId } from './state/by-id.ts'
import { emptyConsole, useConsole } from './state/console-store.ts'
import { showDialog, useDialogs } from './state/dialogs.ts'
import { fakeConsole } from './testing/fake-console.ts'
import { classroom, computer, image, site } from './testing/rows.ts'
import { show } from './testing/show.tsx'

afterEach(() => {
  cleanup()
  useDialogs.setState({ open: undefined, under: undefined })
})

test('who makes CACHEs on the way finds the deployment as it was left; then it closes', async () => {
  const rows = [1, 2].map((id) => computer(id))
  useConsole.setState({ ...emptyConsole, loaded: true, sites: [site], classrooms: [classroom], computers: byId(rows), images: [image(1, 'debian', [{}])] })
  const answer = vi.fn<() => Promise<[]>>().mockResolvedValue([])
  const client = fakeConsole({ 'cache.prepare': answer })
  show(<Dialogs />, client)
  showDialog({ kind: 'deploy', computers: rows.map(({ id }) => id) })
  const box = (name: string) => screen.getByRole<HTMLInputElement>('checkbox', { name })
  fireEvent.click(await screen.findByRole('checkbox', { name: 'pc-02' }))
  fireEvent.click(box('Comprobar al terminar'))
  fireEvent.change(screen.getByRole('textbox', { name: 'Comandos' }), { target: { value: 'deployImage REPO debian 1 2 UNICAST' } })

  const prepare = async (): Promise<HTMLElement> => {
    fireEvent.click(screen.getByRole('button', { name: 'Crear CACHE…' }))
    const submit = await screen.findByRole('button', { name: 'Crear' })
    expect(screen.getAllByRole('dialog')).toHaveLength(1)
    return submit
  }
  const asItWas = async (): Promise<void> => {
    expect((await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Comandos' })).value).toBe('deployImage REPO debian 1 2 UNICAST')
    expect(['pc-01', 'pc-02', 'Comprobar al terminar'].map((name) => box(name).checked)).toEqual([true, false, true])
    expect(screen.getAllByRole('dialog')).toHaveLength(1)
  }
  fireEvent.click(await prepare())
  await asItWas()
  expect(client.calls).toContainEqual({ name: 'cache.prepare', args: { computers: [1], disk: 1 } })
  await prepare()
  fireEvent.keyDown(document.body, { key: 'Escape' })
  await asItWas()

  // Whoever does not wait for the answer is not thrown out by it.
  const late = Promise.withResolvers<[]>()
  answer.mockReturnValueOnce(late.promise)
  fireEvent.click(await prepare())
  fireEvent.keyDown(document.body, { key: 'Escape' })
  await asItWas()
  await act(async () => late.resolve([]))
  await asItWas()
  fireEvent.keyDown(document.body, { key: 'Escape' })
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})
