import { calls, isCallName } from '#shared/contract/console.ts'
import type { Caller, Handlers } from '#shared/contract/rpc.ts'
import type { AuditLog } from '../../inventory/audit-log.ts'

type Handler = (args: unknown, caller: Caller) => unknown

/** As JSON.stringify asks it, of each key. */
function withoutSecrets(key: string, value: unknown): unknown {
  return key === 'password' ? undefined : value
}

/** Writes down who called what, for every call that is not only for looking; before it is done, so that a failure is there too. */
export function audited(handlers: Handlers, audit: AuditLog): Handlers {
  const wrapped = Object.entries(handlers).map(([name, own]): [string, Handler] => {
    const handler = own as Handler
    if (!isCallName(name) || !calls[name].changes) return [name, handler]
    return [name, (args, caller) => {
      audit.add(caller.name, name, JSON.stringify(args, withoutSecrets))
      return handler(args, caller)
    }]
  })
  // Each name still goes with its own handler; the checker cannot follow that through entries.
  return Object.fromEntries(wrapped) as unknown as Handlers
}
