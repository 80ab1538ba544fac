// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { show } from '../../testing/show.tsx'
import { EmptyTrashDialog } from './EmptyTrashDialog.tsx'

afterEach(cleanup)

const plan = (digit: string, ...numbers: number[]) =>
  ({ plan: digit.repeat(64), revisions: numbers.map((number) => ({ image: 'Base', number })), bytes: 2e9 })

test('only what was shown goes; when it is something else by now, that is shown first', async () => {
  const plans = [plan('a', 1), plan('b', 1, 2)]
  const emptied: unknown[] = []
  const console = fakeConsole({
    'trash.plan': () => plans.shift()!,
    'trash.empty': (args) => {
      emptied.push(args)
      if (emptied.length === 1) throw new ClonaulaError('planChanged', 'changed')
      return { bytes: 2e9 }
    },
  })
  const onClose = vi.fn<() => void>()
  show(<EmptyTrashDialog onClose={onClose} />, console)
  const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Eliminar para siempre' })
  expect(button.disabled).toBe(true)
  await screen.findByText('Base, revisión 1')
  fireEvent.click(button)
  await screen.findByText('Base, revisión 2')
  expect(screen.getByRole('alert').textContent).toContain('Algo ha cambiado')
  expect(onClose).not.toHaveBeenCalled()
  fireEvent.click(button)
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(emptied).toEqual([{ plan: 'a'.repeat(64) }, { plan: 'b'.repeat(64) }])
})

test('a plan that cannot be made says why, and nothing can go', async () => {
  const console = fakeConsole({ 'trash.plan': () => { throw new ClonaulaError('corruptImage', 'no', { place: 'Base@2' }) } })
  show(<EmptyTrashDialog onClose={() => undefined} />, console)
  expect((await screen.findByRole('alert')).textContent).toContain('Base@2')
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Eliminar para siempre' }).disabled).toBe(true)
})
