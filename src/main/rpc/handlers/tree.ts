import type { Handlers } from '#shared/contract/rpc.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { nextName } from '#shared/domain/name-pattern.ts'
import type { Inventory } from '../../inventory/index.ts'
import type { Announcer } from '../../operations/announcer.ts'
import type { RemoveComputers } from './remove-computers.ts'

type TreeCalls =
  | 'sites.list' | 'sites.create' | 'sites.update' | 'sites.remove'
  | 'classrooms.list' | 'classrooms.create' | 'classrooms.update' | 'classrooms.remove' | 'classrooms.enrol'
  | 'groups.list' | 'groups.create' | 'groups.update' | 'groups.remove'

export interface TreeHandlerParts {
  inventory: Inventory
  announce: Announcer
  /** @throws `busy` */
  removeComputers: RemoveComputers
  now: () => number
}

export function treeHandlers({ inventory, announce, removeComputers, now }: TreeHandlerParts): Pick<Handlers, TreeCalls> {
  const { tree } = inventory
  const changed = <T>(result: T): T => {
    announce.tree()
    return result
  }
  return {
    'sites.list': () => tree.sites(),
    'sites.create': ({ name }) => changed(tree.createSite(name)),
    'sites.update': ({ id, name }) => changed(tree.renameSite(id, name)),
    'sites.remove': ({ id }) => {
      tree.removeSite(id)
      return changed(null)
    },
    'classrooms.list': () => tree.classrooms(),
    'classrooms.create': ({ siteId, name }) => changed(tree.createClassroom(siteId, name)),
    'classrooms.update': ({ id, ...changes }) => changed(tree.updateClassroom(id, changes)),
    'classrooms.remove': ({ id }, { name }) => {
      tree.classroom(id)
      removeComputers(inventory.computers.list().filter(({ classroomId }) => classroomId === id), name, () => tree.removeClassroom(id))
      return changed(null)
    },
    'classrooms.enrol': ({ id, minutes, namePattern }) => {
      if (nextName(namePattern, []) === undefined) {
        const problem = `${namePattern}: not a host name (RFC 1123)`
        throw new ClonaulaError('invalidRequest', problem, { problem })
      }
      return changed(tree.setEnrolment({ classroomId: id, until: now() + minutes * 60_000, pattern: namePattern }))
    },
    'groups.list': () => tree.groups(),
    'groups.create': (group) => changed(tree.createGroup(group)),
    'groups.update': ({ id, ...changes }) => changed(tree.updateGroup(id, changes)),
    'groups.remove': ({ id }) => {
      tree.removeGroup(id)
      return changed(null)
    },
  }
}
