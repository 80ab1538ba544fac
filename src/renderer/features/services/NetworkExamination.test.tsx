// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { fakeConsole } from '../../testing/fake-console.ts'
import { show } from '../../testing/show.tsx'
import { NetworkExamination } from './NetworkExamination.tsx'

afterEach(cleanup)

test('says what was found, each with its level in words, and can look again', async () => {
  const client = fakeConsole({
    'network.examine': () => [
      { name: 'linkGood', level: 'good', params: { card: 'eth0', speed: 1000 } },
      { name: 'dhcpMissing', level: 'problem', params: {} },
    ],
  })
  show(<NetworkExamination />, client)
  fireEvent.click(screen.getByRole('button', { name: 'Examinar la red' }))
  const [good, problem] = await screen.findAllByRole('listitem')
  expect(good?.textContent).toBe('Bien: El enlace de eth0 es bueno: 1000 Mbit/s.')
  expect(problem?.textContent).toMatch(/^Problema: Nadie da direcciones/)
  fireEvent.click(await screen.findByRole('button', { name: 'Examinar otra vez' }))
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Examinar cinco minutos' }).disabled).toBe(false))
  fireEvent.click(screen.getByRole('button', { name: 'Examinar cinco minutos' }))
  await waitFor(() => expect(client.calls.map(({ args }) => args)).toEqual([{ long: false }, { long: false }, { long: true }]))
})

test('a console that cannot say leaves the question open', async () => {
  show(<NetworkExamination />, fakeConsole({ 'network.examine': () => Promise.reject(new Error('no')) }))
  fireEvent.click(screen.getByRole('button', { name: 'Examinar la red' }))
  expect(await screen.findByRole('alert')).toBeTruthy()
  expect(screen.queryByRole('listitem')).toBeNull()
})
