// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { fakeConsole } from '../../testing/fake-console.ts'
import { computer, operation } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { PublishCachedDialog } from './PublishCachedDialog.tsx'

// Mantine's growing text field waits for fonts, which happy-dom has none of.
Object.defineProperty(document, 'fonts', { value: new EventTarget() })

afterEach(cleanup)

test('publishes by the name that the image has in the CACHE, or by another', async () => {
  const { id } = computer(1)
  const client = fakeConsole({ 'cache.publish': () => operation(1, { kind: 'publishCached' }) })
  const onClose = vi.fn<() => void>()
  const image = { manifest: 'a'.repeat(64), name: 'Propia', bytes: 1, usedAt: 0, unpublished: true }
  show(<PublishCachedDialog computer={id} image={image} onClose={onClose} />, client)
  const field = screen.getByLabelText<HTMLInputElement>(/Nombre de la imagen/)
  expect(field.value).toBe('Propia')
  fireEvent.change(field, { target: { value: '.oculta' } })
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Publicar' }).disabled).toBe(true)
  fireEvent.change(field, { target: { value: 'Aula 1' } })
  fireEvent.click(screen.getByRole('button', { name: 'Publicar' }))
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(client.calls).toEqual([{ name: 'cache.publish', args: { computer: id, manifest: image.manifest, name: 'Aula 1', description: '' } }])
})
