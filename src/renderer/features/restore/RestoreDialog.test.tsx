// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RestorePlanRow, RestoreRetry } from '#shared/contract/views.ts'
import { RestoreMethod } from '#shared/domain/method.ts'
import { DEFAULT_WRITE_OPTIONS } from '../../components/imaging/write-options.ts'
import { byId } from '../../state/by-id.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { fakeConsole, type FakeConsole } from '../../testing/fake-console.ts'
import { classroom, computer, image, site } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { RestoreDialog } from './RestoreDialog.tsx'

const rows = [computer(1), computer(2), computer(3)]
const debian = image(1, 'debian', [{}])
const earlier: RestoreRetry = {
  kind: 'restore', image: 'debian', revision: 1, target: { disk: 1, partition: 2 }, method: 'UNICAST-DIRECT', options: DEFAULT_WRITE_OPTIONS,
}

/** pc-02 is refused, the others can. */
function plan(ids: readonly number[], refused: readonly number[] = [2]): RestorePlanRow[] {
  return rows.filter(({ id }) => ids.includes(id)).map(({ id, name }) => refused.includes(id)
    ? { computerId: id, computerName: name, ok: false, bytes: 0, erases: [], refusal: { result: 'partitionTooSmall', params: {} } }
    : { computerId: id, computerName: name, ok: true, bytes: 5e9, erases: [`/dev/sda2 ext4 (${name})`], linkSpeed: 1000, estimate: { seconds: 300, basis: 'history' },
      space: { needed: 12.3e9, available: 40e9 }, cache: { size: 30e9, free: 20e9, missing: 3.1e9, image: 3.1e9 }, use: { method: 'UNICAST-CACHE' } })
}

function consoleWith(refused?: readonly number[]): FakeConsole {
  return fakeConsole({ 'restore.plan': ({ computers }) => plan(computers, refused), 'restore.start': () => [] })
}

function open(console: FakeConsole, onClose = () => {}, initial = earlier): void {
  show(<RestoreDialog computers={rows.map(({ id }) => id)} initial={initial} onClose={onClose} />, console)
}

beforeEach(() => useConsole.setState({ ...emptyConsole, loaded: true, sites: [site], classrooms: [classroom], computers: byId(rows), images: [debian] }))
afterEach(cleanup)

describe('check and confirmation', () => {
  test('who cannot is shown with the reason and left out; exactly what goes is listed', async () => {
    const console = consoleWith()
    const onClose = vi.fn<() => void>()
    open(console, onClose)
    expect(await screen.findByText(/demasiado pequeño/)).toBeTruthy()
    expect(screen.getByRole('row', { name: /pc-01/ }).textContent).toContain('Se puede restaurarUNICAST-CACHE5 GB12,3 GB de 40 GBnecesita 3,1 GB, libres 20 GB1 Gbit/sunos 5 min')
    const erased = screen.getByRole('group', { name: 'Se borrará para siempre' })
    expect(erased.textContent).toContain('/dev/sda2 ext4 (pc-01)')
    expect(erased.textContent).not.toContain('pc-02')

    fireEvent.click(screen.getByRole('button', { name: 'Borrar y restaurar 2 ordenadores' }))
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
    expect(console.calls.filter(({ name }) => name === 'restore.start')).toMatchObject([{ args: { computers: [1, 3], image: 1, target: earlier.target } }])
  })

  test('an earlier restore is repeated by its method, with its part of the disk image and as it wrote', async () => {
    const whole = image(2, 'aula', [{}, {}], 'disk')
    useConsole.setState({ images: [debian, whole] })
    const client = consoleWith([])
    const options = { delta: false, verify: true, discard: true, postconfigure: false, restart: true }
    open(client, () => {}, { ...earlier, image: 'aula', volume: 2, method: 'TORRENT-CACHE', options })
    await screen.findByRole('button', { name: 'Borrar y restaurar 3 ordenadores' })
    expect(client.calls.map(({ args }) => args)).toEqual([
      { computers: [1, 2, 3], image: whole.id, revision: 1, volume: 2, target: earlier.target, method: 'TORRENT-CACHE', ...options },
    ])
  })

  test('nothing is said of room, links and times of which nothing is known', async () => {
    const unknown = plan([1]).map(({ computerId, computerName, ok, bytes, erases }) => ({ computerId, computerName, ok, bytes, erases }))
    open(fakeConsole({ 'restore.plan': () => unknown }))
    expect((await screen.findAllByRole('columnheader')).map(({ textContent }) => textContent?.trim())).toEqual(['Ordenador', 'Comprobación', 'Método real', 'Datos'])
  })

  test('Cancel has the focus', async () => {
    open(consoleWith())
    await screen.findByText(/demasiado pequeño/)
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Cancelar'))
  })

  test('a whole room is erased only by who types its name', async () => {
    open(consoleWith([]))
    const button = await screen.findByRole<HTMLButtonElement>('button', { name: 'Borrar y restaurar 3 ordenadores' })
    expect(button.disabled).toBe(true)
    const name = screen.getByLabelText(/Aula 1/)
    fireEvent.change(name, { target: { value: 'Aula' } })
    expect(button.disabled).toBe(true)
    fireEvent.change(name, { target: { value: 'Aula 1' } })
    expect(button.disabled).toBe(false)
  })

  test('when nobody can, there is nothing to execute', async () => {
    open(consoleWith([1, 2, 3]))
    expect(await screen.findByText(/Ningún ordenador puede/)).toBeTruthy()
    expect(screen.getByRole<HTMLButtonElement>('button', { name: /Borrar y restaurar/ }).disabled).toBe(true)
  })

  test('a plan that fails says why, and going back loses nothing', async () => {
    open(fakeConsole({}))
    await screen.findByRole('alert')
    fireEvent.click(screen.getByRole('button', { name: 'Atrás' }))
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'Disco 1, partición 2' }).checked).toBe(true)
  })
})

describe('choosing', () => {
  test('nothing can be checked before destination and image; all methods can be chosen', () => {
    show(<RestoreDialog computers={[rows[0]!.id]} initial={undefined} onClose={() => {}} />, consoleWith())
    const check = screen.getByRole<HTMLButtonElement>('button', { name: 'Comprobar' })
    expect(check.disabled).toBe(true)
    fireEvent.click(screen.getByRole('radio', { name: 'Disco 1, partición 2' }))
    expect(check.disabled).toBe(true)
    for (const name of RestoreMethod.options) expect(screen.getByRole<HTMLInputElement>('radio', { name }).disabled).toBe(false)
  })

  test('how it is written is chosen, and holds for the check and for the restore', async () => {
    const console = consoleWith()
    open(console)
    fireEvent.click(screen.getByText('Destino e imagen'))
    const box = (name: string) => screen.getByRole<HTMLInputElement>('checkbox', { name })
    expect(box('Escribir solo lo que cambia').checked).toBe(true)
    expect(box('Comprobar al terminar').checked).toBe(false)
    for (const name of ['Escribir solo lo que cambia', 'Comprobar al terminar', 'Avisar al disco del espacio libre (TRIM)']) fireEvent.click(box(name))
    fireEvent.click(screen.getByRole('button', { name: 'Comprobar' }))
    fireEvent.click(await screen.findByRole('button', { name: 'Borrar y restaurar 2 ordenadores' }))
    const asked = (call: string) => console.calls.findLast(({ name }) => name === call)?.args
    await waitFor(() => expect(asked('restore.start')).toMatchObject({ delta: false, verify: true, discard: true }))
    expect(asked('restore.plan')).toMatchObject({ delta: false, verify: true, discard: true })
  })

  test('computers whose disks differ are decided about apart', () => {
    useConsole.setState({ computers: byId([rows[0]!, computer(2, { hardware: { ...computer(2).hardware!, disks: [] } })]) })
    show(<RestoreDialog computers={[rows[0]!.id, rows[1]!.id]} initial={undefined} onClose={() => {}} />, consoleWith())
    expect(screen.getByRole('group', { name: /Grupo 1/ })).toBeTruthy()
    expect(screen.getByRole('group', { name: /Grupo 2/ }).textContent).toContain('Todavía no se conocen sus discos')
  })
})
