// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { byId } from '../../state/by-id.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { classroom, computer, disk, GB, hardware, operation, partition, site } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { CaptureDialog } from './CaptureDialog.tsx'

// Mantine's growing text field waits for fonts, which happy-dom has none of.
Object.defineProperty(document, 'fonts', { value: new EventTarget() })

const reference = computer(1)

beforeEach(() => useConsole.setState({ ...emptyConsole, loaded: true, sites: [site], classrooms: [classroom], computers: byId([reference]) }))
afterEach(cleanup)

/** The dialog with everything chosen that has to be. */
function open(computers = [reference]): { submit: () => Promise<unknown> } {
  useConsole.setState({ computers: byId(computers) })
  const console = fakeConsole({ 'images.capture': () => operation(1, { kind: 'capture' }) })
  const onClose = vi.fn<() => void>()
  show(<CaptureDialog id={reference.id} onClose={onClose} />, console)
  fireEvent.click(screen.getByRole('radio', { name: 'Disco 1, partición 2' }))
  fireEvent.change(screen.getByLabelText(/Nombre de la imagen/), { target: { value: 'Win11 base' } })
  const submit = async (): Promise<unknown> => {
    fireEvent.click(screen.getByRole('button', { name: 'Crear imagen' }))
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
    return console.calls.find(({ name }) => name === 'images.capture')?.args
  }
  return { submit }
}

const box = (name: string) => screen.getByRole<HTMLInputElement>('checkbox', { name })

test('a source is cleaned and shrunk unless somebody says otherwise', async () => {
  const { submit } = open()
  expect(box('Limpiar antes').checked).toBe(true)
  expect(await submit()).toMatchObject({ source: { disk: 1, partition: 2 }, name: 'Win11 base', mode: 'filesystem', clean: true, shrink: true })
})

test('each of the two can be left out', async () => {
  const { submit } = open()
  fireEvent.click(box('Limpiar antes'))
  expect(await submit()).toMatchObject({ mode: 'filesystem', clean: false, shrink: true })
})

test('modes that leave the source alone neither clean nor shrink, and say so', async () => {
  const { submit } = open()
  fireEvent.click(screen.getByRole('radio', { name: 'Sector a sector' }))
  for (const name of ['Limpiar antes', 'Reducir mientras se guarda']) expect(box(name)).toMatchObject({ disabled: true, checked: false })
  expect(await submit()).toMatchObject({ mode: 'sector' })
})

test('where there is a CACHE it may go there instead, to be described when it is published', async () => {
  const cache = { disk: 1, partition: 4, device: '/dev/sda4', size: 20 * GB, free: 12 * GB, images: [] }
  const { submit } = open([computer(1, { hardware: { ...hardware([disk([partition(1), partition(2)])]), cache } })])
  fireEvent.click(screen.getByRole('radio', { name: /CACHE de este ordenador \(12 GB libres\)/ }))
  expect(screen.queryByLabelText('Descripción')).toBeNull()
  expect(await submit()).toMatchObject({ name: 'Win11 base', intoCache: true })
})

test('without a CACHE there is nothing to choose', async () => {
  const { submit } = open()
  expect(screen.queryByRole('radiogroup', { name: 'Dónde se guarda' })).toBeNull()
  expect(await submit()).toMatchObject({ intoCache: false })
})
