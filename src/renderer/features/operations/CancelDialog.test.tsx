// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OperationView } from '#shared/contract/views.ts'
import { OperationId } from '#shared/domain/ids.ts'
import type { Language } from '#shared/i18n/language.ts'
import { byId } from '../../state/by-id.ts'
import { emptyConsole, useConsole } from '../../state/console-store.ts'
import { usePreferences } from '../../state/preferences.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { operation } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { CancelDialog } from './CancelDialog.tsx'

/** A command of a deployment that runs, and what waits behind it. */
const holds = (...behind: Partial<OperationView>[]): void => useConsole.setState({
  operations: byId([{ state: 'running' as const }, ...behind].map((changes, at) => operation(at + 1, { state: 'queued', deployment: 'a'.repeat(64), ...changes }))),
})
const open = (): void => show(<CancelDialog id={OperationId.parse(1)} onClose={() => {}} />, fakeConsole({}))

beforeEach(() => useConsole.setState(emptyConsole))
afterEach(() => {
  cleanup()
  usePreferences.setState({ language: 'es' })
})

describe('whoever cancels a command of a deployment', () => {
  test.each<[Language, string, string]>([
    ['es', 'También se cancela el comando del mismo despliegue que espera detrás en este ordenador.', 'También se cancelan los 2 comandos'],
    ['en', 'The command of the same deployment that waits behind it on this computer is cancelled too.', 'The 2 commands of the same deployment that wait'],
  ])('is told in %s what goes with it', (language, one, several) => {
    usePreferences.setState({ language })
    holds({})
    open()
    expect(screen.getByText(one, { exact: false })).toBeTruthy()
    act(() => holds({}, {}))
    expect(screen.getByText(several, { exact: false })).toBeTruthy()
  })

  test('is told nothing of the kind where nothing goes with it', () => {
    holds({ deployment: 'b'.repeat(64) })
    open()
    expect(screen.getByText('Cancelar esta operación deja el destino a medias.')).toBeTruthy()
    expect(screen.queryByText(/despliegue/)).toBeNull()
  })
})
