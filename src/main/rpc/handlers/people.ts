import type { Handlers } from '#shared/contract/rpc.ts'
import type { UserView } from '#shared/contract/views.ts'
import type { AuditLog } from '../../inventory/audit-log.ts'
import type { CallDependencies } from './dependencies.ts'

type PeopleCalls = 'users.list' | 'users.set' | 'users.remove' | 'audit.list'

const view = ({ name, role, createdAt }: UserView): UserView => ({ name, role, createdAt })

export function peopleHandlers(users: CallDependencies['users'], audit: Pick<AuditLog, 'list'>): Pick<Handlers, PeopleCalls> {
  return {
    'users.list': () => users.list().map(view).sort((a, b) => a.name.localeCompare(b.name)),
    'users.set': async ({ name, role, password }) => view(await users.set(name, password, role)),
    'users.remove': ({ name }) => {
      users.remove(name)
      return null
    },
    'audit.list': ({ limit, before }) => audit.list(limit, before),
  }
}
