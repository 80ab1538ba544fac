import { createContext, use } from 'react'
import type { Client } from '#shared/contract/rpc.ts'

export const ClientContext = createContext<Client | undefined>(undefined)

/** The console, for components below the shell. */
export function useClient(): Client {
  const client = use(ClientContext)
  if (!client) throw new Error('useClient is for components inside the shell')
  return client
}
