// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DeployPlan, DeployPlanRow, DeployRetry } from '#shared/contract/views.ts'
import type { CacheFacts } from '#shared/domain/cache.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import type { WriteOptions } from '#shared/domain/restore-options.ts'
import { byId } from '../../state/by-id.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { useDialogs } from '../../state/dialogs.ts'
import { usePreferences } from '../../state/preferences.ts'
import { fakeConsole, type FakeConsole } from '../../testing/fake-console.ts'
import { classroom, computer, GB, image, site } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { DeployDialog } from './DeployDialog.tsx'

const cache: CacheFacts = { disk: 1, partition: 4, device: '/dev/sda4', size: 30 * GB, free: 12.3456 * GB, images: [] }
const withCache = (id: number) => computer(id, { hardware: { ...computer(id).hardware!, cache } })
const rows = [withCache(1), computer(2), withCache(3)]
const debian = image(1, 'debian', [{}])
const plan = Sha256Hex.parse('a'.repeat(64))
const installed = { image: 'debian', revision: 1, behind: 2 }

/** Command by command; pc-02 has no CACHE. */
function planned(commands: string): DeployPlan {
  return { plan, commands: commands.split('\n').map(plannedCommand) }
}

function plannedCommand(commands: string): DeployPlan['commands'][number] {
  const cacheOnly = commands.startsWith('updateCache')
  const shown = rows.map(({ id, name }): DeployPlanRow => id === 2
    ? { computerId: id, computerName: name, ok: false, bytes: 0, erases: [], refusal: { result: 'noCache', params: {} } }
    : { computerId: id, computerName: name, ok: true, bytes: cacheOnly ? 0 : 5e9, erases: cacheOnly ? [] : [`/dev/sda2 ext4 (${name})`], use: { method: 'TORRENT-CACHE' },
      ...(!cacheOnly && { installed }) })
  return { text: commands, kind: cacheOnly ? 'updateCache' : 'deployImage', image: debian.name, revision: 3, rows: shown }
}

const console = (): FakeConsole => fakeConsole({ 'deploy.plan': ({ commands }) => planned(commands), 'deploy.start': () => [] })
const commands = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Comandos' })
const check = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Comprobar' })

function open(client = console(), onClose = () => {}, commands?: string, options?: WriteOptions): FakeConsole {
  const initial: DeployRetry | undefined = commands === undefined ? undefined : { kind: 'deploy', image: debian.name, commands, ...(options && { options }) }
  show(<DeployDialog computers={rows.map(({ id }) => id)} initial={initial} onClose={onClose} />, client)
  return client
}

async function chooseImage(): Promise<void> {
  fireEvent.click(screen.getByRole('combobox', { name: 'Imagen' }))
  fireEvent.click(await screen.findByRole('option', { name: /debian/ }))
}

async function choose(): Promise<void> {
  fireEvent.click(screen.getByRole('radio', { name: 'Disco 1, partición 2' }))
  await chooseImage()
}

const room = { ...classroom, network: { ...classroom.network, multicastAddress: '239.194.1.2', multicastSpeed: 50 } }
beforeEach(() => useConsole.setState({ ...emptyConsole, loaded: true, sites: [site], classrooms: [room], computers: byId(rows), images: [debian] }))
afterEach(() => {
  cleanup()
  useDialogs.setState({ open: undefined, under: undefined })
  usePreferences.setState({ language: 'es' })
})

describe('choosing', () => {
  test('commands follow what is chosen, with the classroom’s properties unless they are changed', async () => {
    open()
    expect(check().disabled).toBe(true)
    await choose()
    expect(commands().value).toBe('deployImage REPO debian 1 2 TORRENT peer:60')
    fireEvent.click(screen.getByRole('radio', { name: 'MULTICAST' }))
    expect(commands().value).toBe('deployImage REPO debian 1 2 MULTICAST 9000:full-duplex:239.194.1.2:50M:50:60')
    fireEvent.change(screen.getByLabelText('Puerto'), { target: { value: '9001' } })
    expect(screen.getByText('Un número par de 9000 a 9098')).toBeTruthy()
    expect(check().disabled).toBe(true)
    fireEvent.change(screen.getByLabelText('Puerto'), { target: { value: '9002' } })
    expect(commands().value).toContain('MULTICAST 9002:')
    fireEvent.change(screen.getByLabelText('Dirección multicast'), { target: { value: '' } })
    expect(commands().value).toContain('MULTICAST 9002:full-duplex::50M')
    expect(screen.getByText('Vacío: como la tiene el aula')).toBeTruthy()
    expect(screen.queryByText(/se deriva de la red/)).toBeNull()
    expect(check().disabled).toBe(false)
  })

  test('what is written by hand is checked at once, holds against what is chosen, and can be generated again', async () => {
    open()
    await choose()
    fireEvent.change(commands(), { target: { value: 'deployImage REPO debian 1 2 MULTICAST 9001:full-duplex::50M:35:60' } })
    expect(screen.getByText(/Línea 1, columna 39.*«9001» no vale ahí/)).toBeTruthy()
    expect(check().disabled).toBe(true)
    fireEvent.change(commands(), { target: { value: 'deployImage REPO debian 1 1 UNICAST' } })
    fireEvent.click(screen.getByRole('radio', { name: 'MULTICAST' }))
    expect(commands().value).toBe('deployImage REPO debian 1 1 UNICAST')
    expect(check().disabled).toBe(false)
    fireEvent.click(screen.getByRole('button', { name: 'Volver a generarlos' }))
    expect(commands().value).toContain('1 2 MULTICAST')
    expect(screen.queryByText(/Valen tal como están/)).toBeNull()
  })

  test('each computer says what is free in its CACHE; those without one are counted, and may get one', () => {
    open()
    expect(screen.getAllByText('CACHE: 12.345 MB libres')).toHaveLength(2)
    expect(screen.getByText(/1 ordenador no tiene CACHE: ahí fallará/)).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Crear CACHE…' }))
    expect(useDialogs.getState().open).toEqual({ kind: 'prepare-cache', computers: [2] })
    fireEvent.click(screen.getByRole('radio', { name: 'UNICAST-DIRECT' }))
    expect(screen.queryByText(/ahí fallará/)).toBeNull()
  })

  test('of a computer that has told nothing yet, nothing is said of its CACHE', () => {
    const { hardware: _, ...silent } = computer(2)
    useConsole.setState({ computers: byId([rows[0]!, silent, rows[2]!]) })
    open()
    expect(screen.queryByText(/sin CACHE|no tiene CACHE/)).toBeNull()
  })

  test('a newer revision than the one installed is told before the check', async () => {
    open()
    await choose()
    const note = await screen.findByRole('status', { name: 'Instalada ahora en el destino' }, { timeout: 10_000 })
    expect(note.textContent).toContain('debian@1 · hay 2 revisiones más nuevas (2 ordenadores)')
  })

  test('without images, and without computers, it says what to do', () => {
    useConsole.setState({ images: [] })
    open()
    expect(screen.getByText(/Todavía no hay imágenes/)).toBeTruthy()
    for (const name of ['pc-01', 'pc-02', 'pc-03']) fireEvent.click(screen.getByRole('checkbox', { name }))
    expect(screen.getByText('Elija algún ordenador.')).toBeTruthy()
  })

  test('in English too', async () => {
    usePreferences.setState({ language: 'en' })
    open()
    fireEvent.change(screen.getByRole('textbox', { name: 'Commands' }), { target: { value: 'deployImage' } })
    expect(screen.getByText(/Line 1, column 12.*expected: REPO/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Generate them again' })).toBeTruthy()
  })
})

describe('check and confirmation', () => {
  test('who fails is told with the code, what goes is listed, and exactly the plan is started once', async () => {
    const onClose = vi.fn<() => void>()
    const client = open(console(), onClose)
    await choose()
    fireEvent.click(check())
    expect((await screen.findByRole('row', { name: /pc-02/ })).textContent).toContain('Fallará (15): Este equipo no tiene partición CACHE')
    expect(screen.getByRole('row', { name: /pc-01/ }).textContent).toContain('debian@1 · hay 2 revisiones más nuevas')
    expect(screen.getByText(/1 ordenador fallará y los demás siguen: un despliegue no cambia de transferencia/)).toBeTruthy()
    expect(screen.getByText('deployImage REPO debian 1 2 TORRENT peer:60').textContent).toBe('deployImage REPO debian 1 2 TORRENT peer:60 → debian@3')
    expect(screen.getByRole('group', { name: 'Se borrará para siempre' }).textContent).toContain('/dev/sda2 ext4 (pc-01)')
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Cancelar'))

    fireEvent.click(screen.getByRole('button', { name: 'Borrar y desplegar en 2 ordenadores' }))
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
    expect(client.calls.filter(({ name }) => name === 'deploy.start')).toMatchObject([
      { args: { computers: [1, 2, 3], commands: 'deployImage REPO debian 1 2 TORRENT peer:60', plan, delta: true, restart: false } },
    ])
  })

  test('when something has changed since, nothing is started, and the new plan is shown to be confirmed anew', async () => {
    const plans = ['a', 'b'].map((digit): DeployPlan => ({ ...planned('deployImage REPO debian 1 2 UNICAST'), plan: Sha256Hex.parse(digit.repeat(64)) }))
    plans[1]!.commands[0]!.rows = plans[1]!.commands[0]!.rows.slice(1)
    const started: unknown[] = []
    const onClose = vi.fn<() => void>()
    open(fakeConsole({
      'deploy.plan': () => plans[started.length]!,
      'deploy.start': ({ plan: id }) => {
        started.push(id)
        if (id === plans[0]!.plan) throw new ClonaulaError('planChanged', 'changed')
        return []
      },
    }), onClose)
    await choose()
    fireEvent.click(check())
    fireEvent.click(await screen.findByRole('button', { name: 'Borrar y desplegar en 2 ordenadores' }))
    const again = await screen.findByRole('button', { name: 'Borrar y desplegar en 1 ordenador' })
    expect(screen.getByRole('alert').textContent).toContain('Algo ha cambiado')
    expect(screen.queryByRole('row', { name: /pc-01/ })).toBeNull()
    expect(onClose).not.toHaveBeenCalled()
    fireEvent.click(again)
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
    expect(started).toEqual(plans.map(({ plan: id }) => id))
  })

  test('an update of the CACHE erases nothing, and says so', async () => {
    open()
    fireEvent.click(screen.getByRole('radio', { name: 'UNICAST-DIRECT' }))
    fireEvent.click(screen.getByRole('radio', { name: 'Solo actualizar la CACHE' }))
    const transfers = screen.getByRole('group', { name: 'Transferencia' })
    expect(within(transfers).getAllByRole<HTMLInputElement>('radio').map(({ value, checked }) => [value, checked])).toEqual([
      ['TORRENT-CACHE', false], ['MULTICAST-CACHE', false], ['UNICAST-CACHE', true],
    ])
    await chooseImage()
    expect(commands().value).toBe('updateCache REPO /debian UNICAST')
    fireEvent.click(check())
    expect(await screen.findByText('No se toca ninguna partición: solo la CACHE.')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Actualizar la CACHE de 2 ordenadores' })).toBeTruthy()
    expect(screen.queryByRole('group', { name: 'Se borrará para siempre' })).toBeNull()
  })

  test('an earlier deployment is there by its commands, and how it wrote; both can be changed before the check', async () => {
    const client = open(console(), () => {}, 'deployImage REPO debian@1 1 2 UNICAST', { delta: false, verify: false, discard: true, postconfigure: false, restart: true })
    expect(commands().value).toBe('deployImage REPO debian@1 1 2 UNICAST')
    expect(screen.getByText(/Valen tal como están/)).toBeTruthy()
    fireEvent.click(screen.getByRole('checkbox', { name: 'Comprobar al terminar' }))
    fireEvent.click(check())
    await screen.findByRole('row', { name: /pc-01/ })
    expect(client.calls.at(-1)).toMatchObject({ name: 'deploy.plan', args: {
      commands: 'deployImage REPO debian@1 1 2 UNICAST', delta: false, verify: true, discard: true, postconfigure: false, restart: true,
    } })
  })

  test('of several commands each has its table; who they are for, and what goes, is said once', async () => {
    open(console(), () => {}, 'updateCache REPO /debian UNICAST\ndeployImage REPO debian 1 2 UNICAST\ndeployImage REPO debian 1 2 UNICAST')
    fireEvent.click(check())
    const [update] = await screen.findAllByRole('table', { name: 'updateCache REPO /debian UNICAST' })
    expect(update?.textContent).toContain('Se puede llevar a su CACHE')
    expect(screen.getAllByRole('table', { name: 'deployImage REPO debian 1 2 UNICAST' })).toHaveLength(2)
    expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual(['pc-01: /dev/sda2 ext4 (pc-01)', 'pc-03: /dev/sda2 ext4 (pc-03)'])
    expect(screen.getByText(/^1 ordenador fallará/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Borrar y desplegar en 2 ordenadores' })).toBeTruthy()
  })

  test('of several commands, those are counted to whom something is restored; where it is restored to nobody, those whose CACHE gets it', async () => {
    const commands = 'updateCache REPO /debian UNICAST\ndeployImage REPO debian 1 2 UNICAST'
    const restoredTo = async (ids: number[]): Promise<void> => {
      const full = planned(commands)
      full.commands[1]!.rows = full.commands[1]!.rows.map((row) => (ids.includes(row.computerId) ? row : { ...row, ok: false, erases: [] }))
      open(fakeConsole({ 'deploy.plan': () => full }), () => {}, commands)
      fireEvent.click(check())
      await screen.findByRole('table', { name: 'updateCache REPO /debian UNICAST' })
    }
    await restoredTo([3])
    expect(screen.getByRole('button', { name: 'Borrar y desplegar en 1 ordenador' })).toBeTruthy()
    cleanup()
    await restoredTo([])
    expect(screen.getByText('No se toca ninguna partición: solo la CACHE.')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Actualizar la CACHE de 2 ordenadores' })).toBeTruthy()
  })

  test('going back loses nothing', async () => {
    open(fakeConsole({}))
    await choose()
    fireEvent.click(check())
    await screen.findByRole('alert')
    fireEvent.click(screen.getByRole('button', { name: 'Atrás' }))
    expect(commands().value).toContain('debian 1 2 TORRENT')
  })
})
