/** Sites, their classrooms, and the groups inside these. */
import { NetworkProperties, defaultNetworkProperties } from '#shared/domain/classroom.ts'
import { ClassroomId, GroupId, SiteId } from '#shared/domain/ids.ts'
import type { ClassroomView, GroupView, SiteView } from '#shared/contract/views.ts'
import { named, notFound, referring } from './constraints.ts'
import type { Database } from './database.ts'

export interface NewGroup { classroomId: ClassroomId; parentId?: GroupId | undefined; name: string }

export interface ClassroomChanges {
  name?: string | undefined
  network?: NetworkProperties | undefined
}

/** While it is open, unknown computers of the room are adopted by themselves. */
export interface Enrolment { classroomId: ClassroomId; until: number; pattern: string }

export interface Tree {
  sites(): SiteView[]
  /** @throws `nameTaken` */
  createSite(name: string): SiteView
  classrooms(): ClassroomView[]
  /** @throws `notFound` */
  classroom(id: ClassroomId): ClassroomView
  /** @throws `nameTaken` · `notFound` no such site */
  createClassroom(siteId: SiteId, name: string): ClassroomView
  /** @throws `nameTaken` · `notFound` */
  updateClassroom(id: ClassroomId, changes: ClassroomChanges): ClassroomView
  /** Opens the window, or closes it when `until` is not in the future. @throws `notFound` */
  setEnrolment(enrolment: Enrolment): ClassroomView
  /** The window that is open; of several, the one that was to stay open longest. */
  openEnrolment(): Enrolment | undefined
  groups(): GroupView[]
  /** @throws `nameTaken` · `notFound` no such classroom, or no such parent in it */
  createGroup(group: NewGroup): GroupView
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
  const classroomColumns = 'SELECT id, site_id, name, network, enrolment_until FROM classrooms'
  const allClassrooms = db.prepare<[], ClassroomRow>(`${classroomColumns} ORDER BY name`)
  const oneClassroom = db.prepare<[number], ClassroomRow>(`${classroomColumns} WHERE id = ?`)
  const addClassroom = db.prepare<[number, string, string]>('INSERT INTO classrooms (site_id, name, network) VALUES (?, ?, ?)')
  const changeClassroom = db.prepare<[string, string, number]>('UPDATE classrooms SET name = ?, network = ? WHERE id = ?')
  const changeEnrolment = db.prepare<[number | null, string, number]>(
    'UPDATE classrooms SET enrolment_until = ?, enrolment_pattern = ? WHERE id = ?')
  const enrolling = db.prepare<[number], { id: number; enrolment_until: number; enrolment_pattern: string }>(
    'SELECT id, enrolment_until, enrolment_pattern FROM classrooms WHERE enrolment_until > ? ORDER BY enrolment_until DESC LIMIT 1')
  const allGroups = db.prepare<[], GroupRow>('SELECT id, classroom_id, parent_id, name FROM groups ORDER BY name')
  const addGroup = db.prepare<[number, number | null, string]>('INSERT INTO groups (classroom_id, parent_id, name) VALUES (?, ?, ?)')

  const view = (row: ClassroomRow): ClassroomView => classroomView(row, now())
  const classroom = (id: ClassroomId): ClassroomView => {
    const row = oneClassroom.get(id)
    if (!row) throw notFound(`classroom ${id}`)
    return view(row)
  }
  return {
    sites: () => allSites.all(),
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
