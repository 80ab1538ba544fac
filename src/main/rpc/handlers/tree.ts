import type { Handlers } from '#shared/contract/rpc.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { nextName } from '#shared/domain/name-pattern.ts'
import type { Inventory } from '../../inventory/index.ts'
import type { Announcer } from '../../operations/announcer.ts'

type TreeCalls =
  | 'sites.list' | 'sites.create' | 'classrooms.list' | 'classrooms.create' | 'classrooms.update' | 'classrooms.enrol'
  | 'groups.list' | 'groups.create'

export function treeHandlers({ tree }: Inventory, announce: Announcer, now: () => number): Pick<Handlers, TreeCalls> {
  const changed = <T>(result: T): T => {
    announce.tree()
    return result
  }
  return {
    'sites.list': () => tree.sites(),
    'sites.create': ({ name }) => changed(tree.createSite(name)),
    'classrooms.list': () => tree.classrooms(),
    'classrooms.create': ({ siteId, name }) => changed(tree.createClassroom(siteId, name)),
    'classrooms.update': ({ id, ...changes }) => changed(tree.updateClassroom(id, changes)),
    'classrooms.enrol': ({ id, minutes, namePattern }) => {
      if (nextName(namePattern, []) === undefined) {
        const problem = `${namePattern}: not a host name (RFC 1123)`
        throw new ClonaulaError('invalidRequest', problem, { problem })
      }
      return changed(tree.setEnrolment({ classroomId: id, until: now() + minutes * 60_000, pattern: namePattern }))
    },
    'groups.list': () => tree.groups(),
    'groups.create': (group) => changed(tree.createGroup(group)),
  }
}
