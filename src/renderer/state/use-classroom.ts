import { useMemo } from 'react'
import type { ClassroomView, ComputerView } from '#shared/contract/views.ts'
import type { ClassroomId, GroupId } from '#shared/domain/ids.ts'
import { useConsole } from './console-store.ts'
import { computersOfClassroom, computersOfGroup } from './selectors.ts'

export function useClassroom(id: ClassroomId | undefined): ClassroomView | undefined {
  return useConsole((data) => data.classrooms.find((classroom) => classroom.id === id))
}

/** In room order. */
export function useComputersOf(scope: { classroom: ClassroomId } | { group: GroupId }): ComputerView[] {
  const computers = useConsole((data) => data.computers)
  const groups = useConsole((data) => data.groups)
  const classroom = 'classroom' in scope ? scope.classroom : undefined
  const group = 'group' in scope ? scope.group : undefined
  return useMemo(() => {
    if (classroom !== undefined) return computersOfClassroom(computers.values(), classroom)
    return group === undefined ? [] : computersOfGroup(computers.values(), groups, group)
  }, [computers, groups, classroom, group])
}
