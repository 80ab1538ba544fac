/** The tree at the left: site → classroom → nested groups → computers. Pure, over the console's rows. */
import type { ClassroomView, ComputerView, GroupView, SiteView } from '#shared/contract/views.ts'
import type { GroupId } from '#shared/domain/ids.ts'
import { screenPath, type Screen } from '../../state/screen.ts'
import { byName, inRoomOrder } from '../../state/selectors.ts'

export interface TreeNode {
  /** The screen's address, or `site/3`: unique in the tree. */
  key: string
  label: string
  /** Level from 1, as aria-level counts. */
  level: number
  /** Sites have no screen of their own. */
  screen?: Screen
  row:
    | { kind: 'site'; site: SiteView }
    | { kind: 'classroom'; classroom: ClassroomView }
    | { kind: 'group'; group: GroupView }
    | { kind: 'computer'; computer: ComputerView }
  children: TreeNode[]
}

interface Rows {
  sites: readonly SiteView[]
  classrooms: readonly ClassroomView[]
  groups: readonly GroupView[]
  computers: readonly ComputerView[]
}

export function treeNodes({ sites, classrooms, groups, computers }: Rows): TreeNode[] {
  const children = Map.groupBy([...computers].sort(inRoomOrder), homeOf)
  const computerNodes = (home: string, level: number): TreeNode[] =>
    (children.get(home) ?? []).map((computer) => ({
      ...node({ name: 'computer', id: computer.id }, computer.name, level), row: { kind: 'computer', computer },
    }))
  const groupNodes = (classroom: ClassroomView, parentId: GroupId | undefined, level: number): TreeNode[] =>
    groups
      .filter((group) => group.classroomId === classroom.id && group.parentId === parentId)
      .sort(byName)
      .map((group) => ({
        ...node({ name: 'group', id: group.id }, group.name, level),
        row: { kind: 'group', group },
        children: [...groupNodes(classroom, group.id, level + 1), ...computerNodes(`group/${group.id}`, level + 1)],
      }))
  const classroomNode = (classroom: ClassroomView): TreeNode => ({
    ...node({ name: 'classroom', id: classroom.id }, classroom.name, 2),
    row: { kind: 'classroom', classroom },
    children: [...groupNodes(classroom, undefined, 3), ...computerNodes(`classroom/${classroom.id}`, 3)],
  })
  return [...sites].sort(byName).map((site) => ({
    key: `site/${site.id}`,
    label: site.name,
    level: 1,
    row: { kind: 'site', site },
    children: classrooms.filter(({ siteId }) => siteId === site.id).sort(byName).map(classroomNode),
  }))
}

function homeOf({ groupId, classroomId }: ComputerView): string {
  return groupId === undefined ? `classroom/${classroomId}` : `group/${groupId}`
}

function node(screen: Screen, label: string, level: number): Omit<TreeNode, 'row'> {
  return { key: screenPath(screen), label, level, screen, children: [] }
}

/** The nodes in sight, top to bottom: children of a collapsed node are not. */
export function visibleNodes(nodes: readonly TreeNode[], collapsed: ReadonlySet<string>): TreeNode[] {
  return nodes.flatMap((node) => [node, ...(collapsed.has(node.key) ? [] : visibleNodes(node.children, collapsed))])
}
