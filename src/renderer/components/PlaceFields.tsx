import { Select } from '@mantine/core'
import { ClassroomId, GroupId } from '#shared/domain/ids.ts'
import type { GroupView } from '#shared/contract/views.ts'
import { useConsole } from '../state/console-store.ts'
import { byName } from '../state/selectors.ts'
import { useTexts } from '../state/texts.ts'

/** Where a computer is. */
export interface ComputerPlace {
  /** Absent: there is none to choose. */
  classroom?: ClassroomId
  /** Absent: straight in the classroom. */
  group?: GroupId
}

export function placeOf(computer: { classroomId: ClassroomId; groupId?: GroupId } | undefined): ComputerPlace {
  if (!computer) return {}
  const { classroomId: classroom, groupId: group } = computer
  return { classroom, ...(group !== undefined && { group }) }
}

/** A classroom, and one of its groups or none. */
export function PlaceFields({ place, onChange }: { place: ComputerPlace; onChange: (place: ComputerPlace) => void }) {
  const { rooms: { pending: words } } = useTexts()
  const { sites, classrooms, groups } = useConsole()
  const siteOf = new Map(sites.map(({ id, name }) => [id, name]))
  const own = groups.filter(({ classroomId }) => classroomId === place.classroom)
  return (
    <>
      <Select
        label={words.classroom}
        data={[...classrooms].sort(byName).map(({ id, name, siteId }) => ({
          value: String(id), label: sites.length > 1 ? `${name} (${siteOf.get(siteId)})` : name,
        }))}
        value={place.classroom === undefined ? null : String(place.classroom)}
        onChange={(value) => onChange({ classroom: ClassroomId.parse(Number(value)) })}
        allowDeselect={false}
      />
      <Select
        label={words.group}
        placeholder={words.noGroup}
        clearable
        disabled={own.length === 0}
        data={own.map(({ id }) => ({ value: String(id), label: pathOf(id, own) })).sort((a, b) => byName({ name: a.label }, { name: b.label }))}
        value={place.group === undefined ? null : String(place.group)}
        onChange={(value) => {
          const { group: _, ...classroom } = place
          onChange(value === null ? classroom : { ...classroom, group: GroupId.parse(Number(value)) })
        }}
      />
    </>
  )
}

/** `Fila 1 / Ventana`: groups nest, and two of them may have the same name. */
function pathOf(id: GroupId, groups: readonly GroupView[]): string {
  const group = groups.find((one) => one.id === id)
  if (!group) return ''
  return group.parentId === undefined ? group.name : `${pathOf(group.parentId, groups)} / ${group.name}`
}
