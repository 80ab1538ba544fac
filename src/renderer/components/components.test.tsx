// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ComputerState } from '#shared/domain/computer.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { usePreferences } from '../state/preferences.ts'
import { fakeConsole } from '../testing/fake-console.ts'
import { disk, operation, partition } from '../testing/rows.ts'
import { show } from '../testing/show.tsx'
import { DataTable } from './DataTable.tsx'
import { FormDialog } from './FormDialog.tsx'
import { OperationsTable } from './OperationsTable.tsx'
import { PartitionPicker } from './PartitionPicker.tsx'
import { ProgressLine } from './ProgressLine.tsx'
import { StateBadge } from './StateBadge.tsx'
import { STATE_LOOKS } from './state-looks.ts'

const console = fakeConsole({})
afterEach(() => {
  cleanup()
  usePreferences.setState({ language: 'es' })
})

describe('a form’s dialog', () => {
  const props = { title: 'Nombre', submit: 'Guardar', children: <input aria-label="valor" defaultValue="" /> }

  test('a failure stays inside it, in words, and what was typed with it', async () => {
    const onClose = vi.fn<() => void>()
    const onSubmit = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new ClonaulaError('nameTaken', 'taken', { name: 'pc-01' })).mockResolvedValueOnce()
    show(<FormDialog {...props} onSubmit={onSubmit} onClose={onClose} />, console)
    fireEvent.change(screen.getByLabelText('valor'), { target: { value: 'pc-01' } })
    fireEvent.click(screen.getByRole('button', { name: 'Guardar' }))
    expect((await screen.findByRole('alert')).textContent).toContain('pc-01')
    expect(screen.getByLabelText<HTMLInputElement>('valor').value).toBe('pc-01')
    expect(onClose).not.toHaveBeenCalled()

    fireEvent.click(screen.getByRole('button', { name: 'Guardar' }))
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  })

  test('before what cannot be undone, Cancel has the focus', async () => {
    show(<FormDialog {...props} danger onSubmit={() => Promise.resolve()} onClose={() => undefined} />, console)
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Cancelar'))
  })
})

describe('progress', () => {
  test('has its phase, percent, rate and time left', () => {
    show(<ProgressLine progress={{ phase: 'restore', done: 1e6, total: 4e6, rate: 1.5e6, secondsLeft: 2 }} label="pc-01" />, console)
    for (const text of ['Escribiendo', '25 %', '1,5 MB/s', 'quedan 2 s']) expect(screen.getByText(text)).toBeTruthy()
    expect(screen.getByRole('progressbar', { name: 'pc-01' }).getAttribute('aria-valuenow')).toBe('25')
  })

  test('has its network, and why it does not get on instead of a time that nobody knows', () => {
    const network = { received: 0, sent: 2e6, peers: 8, seeds: 2, lost: 12, repaired: 10 }
    show(<ProgressLine progress={{ phase: 'transfer', done: 1e6, total: 4e6, rate: 0, secondsLeft: 2, network }} label="pc-01" stalled="no-data" />, console)
    for (const text of [/recibe 0 B\/s · envía 2 MB\/s · de 8 equipos \(2 con todo\) · 12 paquetes perdidos, 10 repuestos/, 'quienes lo tienen no envían nada']) {
      expect(screen.getByText(text)).toBeTruthy()
    }
    expect(screen.queryByText(/quedan/)).toBeNull()
  })

  test('of what cannot be measured shows no figures', () => {
    show(<ProgressLine progress={{ phase: 'flush', done: 0, total: 0, rate: 0 }} label="pc-01" />, console)
    expect(screen.getByText('Asentando en el disco')).toBeTruthy()
    expect(screen.queryByText(/%|B\/s/)).toBeNull()
  })
})

describe('a table', () => {
  const columns = [
    { id: 'name', header: 'Nombre', sort: (row: { name: string }) => row.name, cell: (row: { name: string }) => row.name },
    { id: 'note', header: 'Nota', cell: () => '' },
  ]
  const rows = (count: number): { name: string }[] => Array.from({ length: count }, (_, index) => ({ name: `pc-${count - index}` }))
  const cells = (): (string | null)[] => screen.getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('cell')[0]?.textContent ?? null)

  test('sorts by a column’s header, numbers as numbers, and says so', () => {
    show(<DataTable label="Equipos" columns={columns} rows={rows(12)} rowId={({ name }) => name} />, console)
    fireEvent.click(screen.getByRole('button', { name: /Nombre/ }))
    expect(cells().slice(0, 3)).toEqual(['pc-1', 'pc-2', 'pc-3'])
    expect(screen.getByRole('columnheader', { name: /Nombre/ }).getAttribute('aria-sort')).toBe('ascending')
    expect(screen.queryByRole('button', { name: /Nota/ })).toBeNull()
  })

  test('beyond a hundred rows only some are in the page, and the table says how many there are', () => {
    show(<DataTable label="Equipos" columns={columns} rows={rows(5000)} rowId={({ name }) => name} />, console)
    expect(screen.getByRole('table', { name: 'Equipos' }).getAttribute('aria-rowcount')).toBe('5001')
    expect(screen.getAllByRole('row').length).toBeLessThan(200)
  })
})

describe('states', () => {
  test.each(ComputerState.options)('%s has its word in both languages', (state) => {
    show(<StateBadge state={state} />, console)
    const spanish = document.querySelector('[data-state]')?.textContent
    cleanup()
    usePreferences.setState({ language: 'en' })
    show(<StateBadge state={state} />, console)
    const english = document.querySelector('[data-state]')?.textContent
    expect(spanish).toBeTruthy()
    expect(english).toBeTruthy()
  })

  test.each(Object.entries(STATE_LOOKS).filter(([state]) => state !== 'maintenance'))('the word of %s can be read on its colour', (_, look) => {
    expect(contrast(look.background, look.text)).toBeGreaterThanOrEqual(4.5)
  })
})

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

describe('operations', () => {
  const row = (name: RegExp): string => screen.getByRole('row', { name }).textContent ?? ''

  test('what a deployment restores is called so, with its command; what a restore does has its image and its place', () => {
    const common = { imageName: 'win', revision: 2, target: { disk: 1, partition: 3 } }
    const command = 'deployImage REPO win 1 3 TORRENT peer:60'
    show(<OperationsTable operations={[operation(1, { ...common, command }), operation(2, common)]} />, console)
    expect(row(/Desplegar/)).toContain(`Desplegar${command} · revisión 2`)
    expect(row(/Restaurar/)).toContain('Restaurarwin · revisión 2 · Disco 1, partición 3')
  })

  test('the command that only fills a CACHE is no more than that', () => {
    show(<OperationsTable operations={[operation(1, { kind: 'updateCache', command: 'updateCache REPO /win UNICAST' })]} />, console)
    expect(row(/updateCache/)).toContain('Actualizar CACHE')
  })
})

test('the CACHE can be told from a partition for systems', () => {
  const disks = [disk([partition(1), partition(4, { label: 'CACHE' })])]
  show(<PartitionPicker name="x" label="Destino" disks={disks} value={undefined} onChange={() => undefined} />, console)
  expect(screen.getAllByRole('row').map(({ textContent }) => textContent?.includes('CACHE'))).toEqual([false, false, false, true])
})
