/** Which screen is shown. It lives in the address (`#/classroom/3`), so that back, reload and links work. */
import { useSyncExternalStore } from 'react'
import { ClassroomId, ComputerId, GroupId } from '#shared/domain/ids.ts'

export type Screen =
  | { name: 'home' }
  | { name: 'classroom'; id: ClassroomId }
  | { name: 'settings'; id: ClassroomId }
  | { name: 'group'; id: GroupId }
  | { name: 'computer'; id: ComputerId }
  | { name: 'pending' }
  | { name: 'images' }
  | { name: 'operations' }
  | { name: 'services' }
  | { name: 'admin' }

export function screenPath(screen: Screen): string {
  return 'id' in screen ? `#/${screen.name}/${screen.id}` : `#/${screen.name}`
}

/** An address that names no screen is home. */
export function parseScreen(hash: string): Screen {
  const [, name = '', number = ''] = /^#\/([a-z]+)(?:\/(\d{1,9}))?$/.exec(hash) ?? []
  const id = Number(number)
  switch (name) {
    case 'pending':
    case 'images':
    case 'operations':
    case 'services':
    case 'admin':
      return { name }
    case 'classroom':
    case 'settings':
      return withId(ClassroomId.safeParse(id), (id) => ({ name, id }))
    case 'group':
      return withId(GroupId.safeParse(id), (id) => ({ name, id }))
    case 'computer':
      return withId(ComputerId.safeParse(id), (id) => ({ name, id }))
    default:
      return { name: 'home' }
  }
}

function withId<T>(parsed: { success: true; data: T } | { success: false }, screen: (id: T) => Screen): Screen {
  return parsed.success ? screen(parsed.data) : { name: 'home' }
}

export function go(screen: Screen): void {
  window.location.hash = screenPath(screen)
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

export function useScreen(): Screen {
  return parseScreen(useSyncExternalStore(onHashChange, () => window.location.hash))
}
