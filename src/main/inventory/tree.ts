/** Sites, their classrooms, and the groups inside these. */
import { NetworkProperties, defaultNetworkProperties } from '#shared/domain/classroom.ts'
import { ClassroomId, GroupId, SiteId } from '#shared/domain/ids.ts'
import type { ClassroomView, GroupView, SiteView } from '#shared/contract/views.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { holding, named, notFound, referring } from './constraints.ts'
import type { Database } from './database.ts'

export interface NewGroup { classroomId: ClassroomId; parentId?: GroupId | undefined; name: string }

export interface ClassroomChanges {
  name?: string | undefined
  network?: NetworkProperties | undefined
}

export interface GroupChanges {
  name?: string | undefined
  /** `null`: straight in the classroom. */
  parentId?: GroupId | null | undefined
}

/** While it is open, unknown computers of the room are adopted by themselves. */
export interface Enrolment { classroomId: ClassroomId; until: number; pattern: string }

export interface Tree {
  sites(): SiteView[]
  /** @throws `nameTaken` */
  createSite(name: string): SiteView
  /** @throws `nameTaken` · `notFound` */
  renameSite(id: SiteId, name: string): SiteView
  /** @throws `notFound` · `notEmpty` it has classrooms */
  removeSite(id: SiteId): void
  classrooms(): ClassroomView[]
  /** @throws `notFound` */
  classroom(id: ClassroomId): ClassroomView
  /** @throws `nameTaken` · `notFound` no such site */
  createClassroom(siteId: SiteId, name: string): ClassroomView
  /** @throws `nameTaken` · `notFound` */
  updateClassroom(id: ClassroomId, changes: ClassroomChanges): ClassroomView
  /** With its groups. @throws `notFound` · `notEmpty` it has computers */
  removeClassroom(id: ClassroomId): void
  /** Opens the window, or closes it when `until` is not in the future. @throws `notFound` */
  setEnrolment(enrolment: Enrolment): ClassroomView
  /** The window that is open; of several, the one that was to stay open longest. */
  openEnrolment(): Enrolment | undefined
  groups(): GroupView[]
  /** @throws `nameTaken` · `notFound` no such classroom, or no such parent in it */
  createGroup(group: NewGroup): GroupView
  /** @throws `nameTaken` · `notFound` it, or such a parent in its classroom · `invalidRequest` the parent is inside it */
  updateGroup(id: GroupId, changes: GroupChanges): GroupView
  /** With the groups inside it; their computers go to what is around it. @throws `notFound` */
  removeGroup(id: GroupId): void
}

interface ClassroomRow {
  id: number
  site_id: number
  name: string
  network: string
  enrolment_until: number | null
}

interface GroupRow { id: number; classroom_id: number; parent_id: number | null; name: string }

export function createTree(db: Database, now: () => number): Tree {
  const allSites = db.prepare<[], SiteView>('SELECT id, name FROM sites ORDER BY name')
  const addSite = db.prepare<[string]>('INSERT INTO sites (name) VALUES (?)')
  const renameSite = db.prepare<[string, number]>('UPDATE sites SET name = ? WHERE id = ?')
  const dropSite = db.prepare<[number]>('DELETE FROM sites WHERE id = ?')
  const classroomColumns = 'SELECT id, site_id, name, network, enrolment_until FROM classrooms'
  const allClassrooms = db.prepare<[], ClassroomRow>(`${classroomColumns} ORDER BY name`)
  const oneClassroom = db.prepare<[number], ClassroomRow>(`${classroomColumns} WHERE id = ?`)
  const addClassroom = db.prepare<[number, string, string]>('INSERT INTO classrooms (site_id, name, network) VALUES (?, ?, ?)')
  const changeClassroom = db.prepare<[string, string, number]>('UPDATE classrooms SET name = ?, network = ? WHERE id = ?')
  const dropClassroom = db.prepare<[number]>('DELETE FROM classrooms WHERE id = ?')
  const changeEnrolment = db.prepare<[number | null, string, number]>(
    'UPDATE classrooms SET enrolment_until = ?, enrolment_pattern = ? WHERE id = ?')
  const enrolling = db.prepare<[number], { id: number; enrolment_until: number; enrolment_pattern: string }>(
    'SELECT id, enrolment_until, enrolment_pattern FROM classrooms WHERE enrolment_until > ? ORDER BY enrolment_until DESC LIMIT 1')
  const allGroups = db.prepare<[], GroupRow>('SELECT id, classroom_id, parent_id, name FROM groups ORDER BY name')
  const addGroup = db.prepare<[number, number | null, string]>('INSERT INTO groups (classroom_id, parent_id, name) VALUES (?, ?, ?)')

  const oneGroup = db.prepare<[number], GroupRow>('SELECT id, classroom_id, parent_id, name FROM groups WHERE id = ?')
  const changeGroup = db.prepare<[string, number | null, number]>('UPDATE groups SET name = ?, parent_id = ? WHERE id = ?')
  const dropGroups = db.prepare<[number]>('DELETE FROM groups WHERE classroom_id = ?')
  /** A group and all groups inside it. */
  const INSIDE = `WITH RECURSIVE inside (id) AS
    (VALUES (@id) UNION SELECT groups.id FROM groups JOIN inside ON groups.parent_id = inside.id)`
  const inside = db.prepare<[{ id: number }], { id: number }>(`${INSIDE} SELECT id FROM inside`)
  const moveOut = db.prepare<[{ id: number; to: number | null }]>(
    `${INSIDE} UPDATE computers SET group_id = @to WHERE group_id IN (SELECT id FROM inside)`)
  const dropInside = db.prepare<[{ id: number }]>(`${INSIDE} DELETE FROM groups WHERE id IN (SELECT id FROM inside)`)

  const view = (row: ClassroomRow): ClassroomView => classroomView(row, now())
  const classroom = (id: ClassroomId): ClassroomView => {
    const row = oneClassroom.get(id)
    if (!row) throw notFound(`classroom ${id}`)
    return view(row)
  }
  const group = (id: GroupId): GroupRow => {
    const row = oneGroup.get(id)
    if (!row) throw notFound(`group ${id}`)
    return row
  }
  return {
    sites: () => allSites.all(),
    renameSite(id, name) {
      if (named(name, () => renameSite.run(name, id)).changes === 0) throw notFound(`site ${id}`)
      return { id, name }
    },
    removeSite(id) {
      const name = allSites.all().find((site) => site.id === id)?.name ?? `site ${id}`
      if (holding(name, () => dropSite.run(id)).changes === 0) throw notFound(name)
    },
    createSite: (name) => ({ id: SiteId.parse(Number(named(name, () => addSite.run(name)).lastInsertRowid)), name }),
    classrooms: () => allClassrooms.all().map(view),
    classroom,
    createClassroom(siteId, name) {
      const network = JSON.stringify(defaultNetworkProperties)
      const { lastInsertRowid } = referring(`site ${siteId}`, () => named(name, () => addClassroom.run(siteId, name, network)))
      return classroom(ClassroomId.parse(Number(lastInsertRowid)))
    },
    updateClassroom(id, changes) {
      const old = classroom(id)
      const name = changes.name ?? old.name
      named(name, () => changeClassroom.run(name, JSON.stringify(changes.network ?? old.network), id))
      return classroom(id)
    },
    removeClassroom: db.transaction((id: ClassroomId) => {
      const { name } = classroom(id)
      holding(name, () => dropGroups.run(id))
      holding(name, () => dropClassroom.run(id))
    }),
    setEnrolment({ classroomId, until, pattern }) {
      changeEnrolment.run(until > now() ? until : null, pattern, classroomId)
      return classroom(classroomId)
    },
    openEnrolment() {
      const row = enrolling.get(now())
      return row && { classroomId: ClassroomId.parse(row.id), until: row.enrolment_until, pattern: row.enrolment_pattern }
    },
    groups: () => allGroups.all().map(groupView),
    createGroup({ classroomId, parentId, name }) {
      const { lastInsertRowid } = referring(
        parentId === undefined ? `classroom ${classroomId}` : `group ${parentId} in classroom ${classroomId}`,
        () => named(name, () => addGroup.run(classroomId, parentId ?? null, name)),
      )
      return groupView({ id: Number(lastInsertRowid), classroom_id: classroomId, parent_id: parentId ?? null, name })
    },
    updateGroup: db.transaction((id: GroupId, changes: GroupChanges) => {
      const old = group(id)
      const name = changes.name ?? old.name
      const parent = changes.parentId === undefined ? old.parent_id : changes.parentId
      if (inside.all({ id }).some((each) => each.id === parent)) {
        throw new ClonaulaError('invalidRequest', `${name} cannot be inside itself`, { problem: name })
      }
      referring(`group ${parent} in classroom ${old.classroom_id}`, () => named(name, () => changeGroup.run(name, parent, id)))
      return groupView({ ...old, name, parent_id: parent })
    }),
    removeGroup: db.transaction((id: GroupId) => {
      moveOut.run({ id, to: group(id).parent_id })
      dropInside.run({ id })
    }),
  }
}

function classroomView(row: ClassroomRow, now: number): ClassroomView {
  return {
    id: ClassroomId.parse(row.id),
    siteId: SiteId.parse(row.site_id),
    name: row.name,
    network: NetworkProperties.parse(JSON.parse(row.network)),
    ...(row.enrolment_until !== null && row.enrolment_until > now ? { enrolmentUntil: row.enrolment_until } : {}),
  }
}

function groupView(row: GroupRow): GroupView {
  return {
    id: GroupId.parse(row.id),
    classroomId: ClassroomId.parse(row.classroom_id),
    ...(row.parent_id === null ? {} : { parentId: GroupId.parse(row.parent_id) }),
    name: row.name,
  }
}
