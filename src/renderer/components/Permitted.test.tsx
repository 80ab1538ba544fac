// @vitest-environment happy-dom
import { Button } from '@mantine/core'
import { cleanup, fireEvent, screen } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { calls, type CallName } from '#shared/contract/console.ts'
import { ROLES } from '#shared/contract/people.ts'
import { usePreferences } from '../state/preferences.ts'
import { fakeConsole } from '../testing/fake-console.ts'
import { show } from '../testing/show.tsx'
import { Permitted } from './Permitted.tsx'

afterEach(() => {
  cleanup()
  usePreferences.setState({ language: 'es' })
})

/** Whether a click gets through. */
function works(call: CallName, role: (typeof ROLES)[number], disabled = false): boolean {
  const onClick = vi.fn<() => void>()
  show(<Permitted call={call}><Button disabled={disabled} onClick={onClick}>Hacer</Button></Permitted>, fakeConsole({}), role)
  fireEvent.click(screen.getByRole('button', { name: 'Hacer' }))
  cleanup()
  return onClick.mock.calls.length > 0
}

describe('a control of a call', () => {
  test.each(Object.entries(calls).map(([name, { role }]) => [name as CallName, role] as const))('%s is for %s and above', (name, needed) => {
    expect(ROLES.filter((role) => works(name, role))).toEqual(ROLES.slice(ROLES.indexOf(needed)))
  })

  test('who may not reads why, also when there would be nothing to do', () => {
    show(<Permitted call="services.restart"><Button disabled>Hacer</Button></Permitted>, fakeConsole({}), 'technician')
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Hacer' })
    expect(button.getAttribute('aria-disabled')).toBe('true')
    expect(button.disabled).toBe(false)
    expect(button.getAttribute('aria-description')).toBe('Hace falta un usuario con el papel de «administrador»; el suyo es «técnico».')
    cleanup()
    usePreferences.setState({ language: 'en' })
    show(<Permitted call="restore.start"><Button>Do</Button></Permitted>, fakeConsole({}), 'viewer')
    expect(screen.getByRole('button').getAttribute('aria-description')).toContain('“technician”')
  })

  test('what is disabled for another reason stays so for who may', () => {
    expect(works('restore.start', 'administrator', true)).toBe(false)
  })
})
