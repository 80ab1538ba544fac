// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { computer, image } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { UpdateCacheDialog } from './UpdateCacheDialog.tsx'

afterEach(() => {
  cleanup()
  useConsole.setState(emptyConsole)
})

test('an image is brought by one of the ways that fill a CACHE', async () => {
  useConsole.setState({ images: [image(1, 'debian', [{}])] })
  const client = fakeConsole({ 'cache.update': () => [] })
  const onClose = vi.fn<() => void>()
  show(<UpdateCacheDialog computers={[computer(1).id, computer(2).id]} onClose={onClose} />, client)
  expect(screen.getAllByRole<HTMLInputElement>('radio').map(({ value, checked }) => [value, checked])).toEqual([
    ['UNICAST-CACHE', true], ['MULTICAST-CACHE', false], ['TORRENT-CACHE', false],
  ])
  fireEvent.click(screen.getByRole('combobox', { name: 'Imagen' }))
  fireEvent.click(await screen.findByRole('option', { name: 'debian' }))
  fireEvent.click(screen.getByRole('radio', { name: 'TORRENT-CACHE' }))
  fireEvent.click(screen.getByRole('button', { name: 'Llevar' }))
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(client.calls).toEqual([{ name: 'cache.update', args: { computers: [1, 2], image: 1, method: 'TORRENT-CACHE' } }])
})
