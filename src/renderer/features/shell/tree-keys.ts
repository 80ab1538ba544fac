/** What a key does in the tree: https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ */
import type { Screen } from '../../state/screen.ts'
import type { TreeNode } from './tree-nodes.ts'

export interface TreeMove {
  focus?: string
  toggle?: string
  go?: Screen
}

/** `at`: the node that has the focus. Undefined: the key means nothing here. */
export function treeKey(key: string, visible: readonly TreeNode[], collapsed: ReadonlySet<string>, at: string | undefined): TreeMove | undefined {
  const index = visible.findIndex((node) => node.key === at)
  const node = visible[index]
  if (!node) return undefined
  const open = node.children.length > 0 && !collapsed.has(node.key)
  const focus = (target: TreeNode | undefined): TreeMove => ({ focus: (target ?? node).key })
  switch (key) {
    case 'ArrowDown':
      return focus(visible[index + 1])
    case 'ArrowUp':
      return focus(visible[index - 1])
    case 'Home':
      return focus(visible[0])
    case 'End':
      return focus(visible.at(-1))
    case 'ArrowRight':
      if (open) return focus(node.children[0])
      return node.children.length > 0 ? { toggle: node.key } : {}
    case 'ArrowLeft':
      if (open) return { toggle: node.key }
      return focus(visible.slice(0, index).findLast(({ level }) => level < node.level))
    case 'Enter':
    case ' ':
      return node.screen ? { go: node.screen, focus: node.key } : { toggle: node.key }
    default:
      return undefined
  }
}
