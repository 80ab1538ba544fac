// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ComputerView, DeployRetry, RestoreRetry } from '#shared/contract/views.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { useDialogs } from '../../state/dialogs.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { computer, image, operation } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { RoomMap } from './RoomMap.tsx'
import { SelectionBar } from './SelectionBar.tsx'

const win = image(1, 'win', [{ filesystem: 'ntfs' }])
const outcome = { code: 30, message: '', params: {}, seconds: 1, figures: { bytesRead: 0, bytesReceived: 0, bytesSent: 0, bytesWritten: 0 } }
const retry: RestoreRetry = {
  kind: 'restore', image: 'win', revision: 1, target: { disk: 1, partition: 2 }, method: 'UNICAST-CACHE',
  options: { delta: false, verify: true, discard: true, postconfigure: false, restart: true },
}
const failed = (id: number, changes: Partial<ComputerView> = { retry }): ComputerView =>
  computer(id, { operation: operation(id, { state: 'failed', imageName: 'win', outcome }), ...changes })

beforeEach(() => useConsole.setState({ ...emptyConsole, loaded: true, images: [win] }))
afterEach(() => {
  cleanup()
  useDialogs.setState({ open: undefined, under: undefined })
})

describe('tiles', () => {
  const progress = { phase: 'restore', done: 50, total: 200, rate: 12_300_000, secondsLeft: 75 }
  const tile = (row: ComputerView): HTMLElement => {
    show(<RoomMap computers={[row]} selection={new Set()} onToggle={() => {}} />, fakeConsole({}))
    return screen.getByRole('article', { name: row.name })
  }

  test('phase, percent, rate and time left of what runs', () => {
    const shown = tile(computer(1, { state: 'busy', operation: operation(1, { progress }) }))
    for (const text of ['Ocupado', 'Escribiendo', '25 %', '12,3 MB/s', 'quedan 1 min 15 s']) expect(within(shown).getByText(text)).toBeTruthy()
    expect(within(shown).getByRole('progressbar', { name: 'Restaurar pc-01' }).getAttribute('aria-valuenow')).toBe('25')
  })

  test('what stalls is marked and goes on showing its progress; it has not failed', () => {
    const shown = tile(computer(1, { state: 'busy', operation: operation(1, { progress, stalled: 'no-data' }) }))
    expect(within(shown).getByText('Sin avance')).toBeTruthy()
    expect(within(shown).getByText('25 %')).toBeTruthy()
    expect(within(shown).queryByText('Falló')).toBeNull()
  })

  test('what failed says why', () => {
    const shown = tile(failed(1))
    expect(within(shown).getByText('Falló')).toBeTruthy()
    expect(within(shown).getByText(/demasiado pequeño/)).toBeTruthy()
  })
})

describe('boot mode', () => {
  const shown = (row: ComputerView): HTMLElement => {
    show(<RoomMap computers={[row]} selection={new Set()} onToggle={() => {}} />, fakeConsole({}))
    return screen.getByRole('article', { name: row.name })
  }

  test('the usual goes without saying, anything else is on the tile', () => {
    expect(within(shown(computer(1))).queryByText(/Arranque en red/)).toBeNull()
    cleanup()
    expect(within(shown(computer(1, { bootMode: 'disk' }))).getByText('Arranque en red: Disco local')).toBeTruthy()
  })
})

describe('actions on the selection', () => {
  const computers = [failed(1), failed(2), computer(3)]

  test('only those that failed are tried again, as they were', () => {
    show(<SelectionBar computers={computers} selected={[]} onSelect={() => {}} />, fakeConsole({}))
    fireEvent.click(screen.getByRole('button', { name: 'Reintentar los 2 fallidos (win)' }))
    expect(useDialogs.getState().open).toEqual({ kind: 'restore', computers: [1, 2], retry })
  })

  test('a deployment is tried again from the command that failed, by who failed at the same one', () => {
    const deployed: DeployRetry = { kind: 'deploy', image: 'win', commands: 'deployImage REPO win@1 1 2 UNICAST\ndeployImage REPO linux@3 1 1 UNICAST' }
    const later = { ...deployed, image: 'linux', commands: 'deployImage REPO linux@3 1 1 UNICAST' }
    show(<SelectionBar computers={[failed(1, { retry: deployed }), failed(2, { retry: { ...deployed } }), failed(3, { retry: later })]} selected={[]} onSelect={() => {}} />, fakeConsole({}))
    fireEvent.click(screen.getByRole('button', { name: 'Reintentar los 2 fallidos (win)' }))
    expect(useDialogs.getState().open).toEqual({ kind: 'deploy', computers: [1, 2], retry: deployed })
    fireEvent.click(screen.getByRole('button', { name: 'Reintentar el fallido (linux)' }))
    expect(useDialogs.getState().open).toEqual({ kind: 'deploy', computers: [3], retry: later })
  })

  test('a restore of an image that is there no more is not offered again', () => {
    useConsole.setState({ images: [] })
    show(<SelectionBar computers={computers} selected={[]} onSelect={() => {}} />, fakeConsole({}))
    expect(screen.queryByRole('button', { name: /Reintentar/ })).toBeNull()
  })

  test('nothing selected, nothing to do; one selected, an image can be made of it', () => {
    show(<SelectionBar computers={computers} selected={[]} onSelect={() => {}} />, fakeConsole({}))
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Restaurar…' }).disabled).toBe(true)
    cleanup()
    show(<SelectionBar computers={computers} selected={[computers[2]!]} onSelect={() => {}} />, fakeConsole({}))
    fireEvent.click(screen.getByRole('button', { name: 'Crear imagen…' }))
    expect(useDialogs.getState().open).toEqual({ kind: 'capture', computer: 3 })
    fireEvent.click(screen.getByRole('button', { name: 'Desplegar…' }))
    expect(useDialogs.getState().open).toEqual({ kind: 'deploy', computers: [3] })
  })

  test('starting asks nothing, shutting down asks first', () => {
    const console = fakeConsole({ 'computers.power': () => [] })
    show(<SelectionBar computers={computers} selected={[computers[2]!]} onSelect={() => {}} />, console)
    fireEvent.click(screen.getByRole('button', { name: 'Encender' }))
    expect(console.calls).toEqual([{ name: 'computers.power', args: { computers: [3], action: 'start' } }])
    fireEvent.click(screen.getByRole('button', { name: 'Apagar' }))
    expect(console.calls).toHaveLength(1)
    expect(useDialogs.getState().open).toEqual({ kind: 'power', computers: [3], action: 'shutdown' })
  })

  test('its boot mode is decided about together', async () => {
    show(<SelectionBar computers={computers} selected={computers.slice(1)} onSelect={() => {}} />, fakeConsole({}))
    fireEvent.click(screen.getByRole('button', { name: 'Más acciones con los seleccionados' }))
    fireEvent.click(await screen.findByRole('menuitem', { name: 'Arranque en red…' }))
    expect(useDialogs.getState().open).toEqual({ kind: 'boot-mode', computers: [2, 3] })
  })

  test('to who may only look nothing is offered, and the reason is given', () => {
    const console = fakeConsole({ 'computers.power': () => [] })
    show(<SelectionBar computers={computers} selected={computers} onSelect={() => {}} />, console, 'viewer')
    for (const name of ['Restaurar…', 'Desplegar…', 'Crear imagen…', 'Encender', 'Reiniciar', 'Apagar', 'Reintentar los 2 fallidos (win)']) {
      const button = screen.getByRole('button', { name })
      fireEvent.click(button)
      expect(button.getAttribute('aria-description')).toContain('«técnico»')
    }
    expect(useDialogs.getState().open).toBeUndefined()
    expect(console.calls).toEqual([])
  })

  test('all are selected at once', () => {
    const onSelect = vi.fn<(ids: number[]) => void>()
    show(<SelectionBar computers={computers} selected={[]} onSelect={onSelect} />, fakeConsole({}))
    fireEvent.click(screen.getByRole('checkbox', { name: 'Seleccionar todos' }))
    expect(onSelect).toHaveBeenCalledWith([1, 2, 3])
  })
})
