/** What the person at these screens may ask of the console. The console decides again at each call. */
import { createContext, use, useCallback } from 'react'
import { calls, mayCall, type CallName } from '#shared/contract/console.ts'
import type { Role } from '#shared/contract/people.ts'
import { useTexts } from '../state/texts.ts'

/** Until the door says more, only looking is allowed. */
export const RoleContext = createContext<Role>('viewer')

export function useMay(): (call: CallName) => boolean {
  const role = use(RoleContext)
  return useCallback((call) => mayCall(role, call), [role])
}

/** Why this person may not make a call, in words; undefined when they may. */
export function useRefusal(call: CallName): string | undefined {
  const { words } = useTexts()
  const role = use(RoleContext)
  return mayCall(role, call) ? undefined : words.needsRole(words.roles[calls[call].role], words.roles[role])
}
