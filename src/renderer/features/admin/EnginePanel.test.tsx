// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { EngineRules } from '#shared/domain/automatic-change.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { consoleInfo as info } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { EnginePanel } from './EnginePanel.tsx'


afterEach(() => {
  cleanup()
  useConsole.setState(emptyConsole)
})

const checked = (): string[] => screen.getAllByRole<HTMLInputElement>('radio').filter((radio) => radio.checked).map(({ value }) => value)

test('one rule is changed, the other stays', async () => {
  useConsole.setState({ info })
  const client = fakeConsole({ 'console.setEngine': (engine) => ({ ...info, engine: EngineRules.parse(engine) }) })
  show(<EnginePanel />, client)
  expect(checked()).toEqual(['UNICAST', 'NONE'])
  fireEvent.click(screen.getByRole('radio', { name: /Borrar otras imágenes/ }))
  expect(checked()).toEqual(['UNICAST', 'DELETE'])
  await waitFor(() => expect(useConsole.getState().info?.engine).toEqual({ noCache: 'UNICAST', fullCache: 'DELETE' }))
  expect(client.calls).toEqual([{ name: 'console.setEngine', args: { noCache: 'UNICAST', fullCache: 'DELETE' } }])
})

test('a choice that cannot be kept goes back to what was', async () => {
  useConsole.setState({ info })
  show(<EnginePanel />, fakeConsole({ 'console.setEngine': () => Promise.reject(new Error('no')) }))
  fireEvent.click(screen.getByRole('radio', { name: /15/ }))
  await waitFor(() => expect(checked()).toEqual(['UNICAST', 'NONE']))
})
