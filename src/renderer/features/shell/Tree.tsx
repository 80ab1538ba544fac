/**
 * A tree as the ARIA Authoring Practices describe it: one tab stop, arrows to move, right and left to open
 * and close, Enter to go. Mantine's own renders every row; a campus of a thousand computers needs only
 * those in sight.
 */
import { ActionIcon, Tooltip } from '@mantine/core'
import { IconBuilding, IconChevronRight, IconDeviceDesktop, IconFolder, IconPlus, IconSchool, type TablerIcon } from '@tabler/icons-react'
import { useRef, useState, type KeyboardEvent } from 'react'
import type { CallName } from '#shared/contract/console.ts'
import { assertNever } from '#shared/domain/errors.ts'
import { useMay } from '../../bridge/index.ts'
import { STATE_LOOKS } from '../../components/state-looks.ts'
import { useRowsInSight } from '../../components/use-rows-in-sight.ts'
import { showDialog, type Dialog } from '../../state/dialogs.ts'
import { go, screenPath, useScreen } from '../../state/screen.ts'
import { useTexts } from '../../state/texts.ts'
import classes from './Tree.module.css'
import { visibleNodes, type TreeNode } from './tree-nodes.ts'
import { treeKey } from './tree-keys.ts'

const ROW_HEIGHT = 32

export function Tree({ nodes, labelledBy }: { nodes: readonly TreeNode[]; labelledBy: string }) {
  const current = screenPath(useScreen())
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const [focused, setFocused] = useState<string>()
  const scroller = useRef<HTMLDivElement>(null)
  const visible = visibleNodes(nodes, collapsed)
  const virtual = useRowsInSight({ count: visible.length, height: ROW_HEIGHT, scroller })
  // The one tab stop: where the keyboard was last, else the screen shown, else the first.
  const stop = [focused, current].find((key) => visible.some((node) => node.key === key)) ?? visible[0]?.key

  const toggle = (key: string): void => {
    const next = new Set(collapsed)
    if (!next.delete(key)) next.add(key)
    setCollapsed(next)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    // Keys of a button inside a row are the button's.
    if ((event.target as Element).role !== 'treeitem') return
    const move = treeKey(event.key, visible, collapsed, stop)
    if (!move) return
    event.preventDefault()
    if (move.toggle) toggle(move.toggle)
    if (move.go) go(move.go)
    if (move.focus === undefined) return
    setFocused(move.focus)
    virtual.scrollToIndex(visible.findIndex((node) => node.key === move.focus))
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')?.focus())
  }
  return (
    <div ref={scroller} className={classes.scroller}>
      <div role="tree" aria-labelledby={labelledBy} className={classes.tree} style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const node = visible[index]
          return node && (
            <Row
              key={node.key}
              node={node}
              top={start}
              collapsed={collapsed.has(node.key)}
              current={node.key === current}
              tabStop={node.key === stop}
              onToggle={() => toggle(node.key)}
              onFocus={() => setFocused(node.key)}
            />
          )
        })}
      </div>
    </div>
  )
}

interface RowProps {
  node: TreeNode
  top: number
  collapsed: boolean
  current: boolean
  tabStop: boolean
  onToggle: () => void
  onFocus: () => void
}

function Row({ node, top, collapsed, current, tabStop, onToggle, onFocus }: RowProps) {
  const open = node.children.length > 0 && !collapsed
  const { screen } = node
  return (
    <div
      role="treeitem"
      aria-level={node.level}
      aria-selected={current}
      aria-expanded={node.children.length > 0 ? open : undefined}
      aria-label={node.label}
      tabIndex={tabStop ? 0 : -1}
      className={classes.row}
      style={{ transform: `translateY(${top}px)`, height: ROW_HEIGHT, paddingInlineStart: 4 + (node.level - 1) * 16 }}
      onFocus={onFocus}
      onClick={() => (screen ? go(screen) : onToggle())}
    >
      <span
        className={classes.toggle}
        data-open={open || undefined}
        onClick={(event) => {
          event.stopPropagation()
          onToggle()
        }}
      >
        {node.children.length > 0 && <IconChevronRight size={16} aria-hidden />}
      </span>
      <NodeIcon node={node} />
      <span className={classes.label}>{node.label}</span>
      <AddButton node={node} />
    </div>
  )
}

const ICONS: Record<TreeNode['row']['kind'], TablerIcon> = {
  site: IconBuilding, classroom: IconSchool, group: IconFolder, computer: IconDeviceDesktop,
}

function NodeIcon({ node }: { node: TreeNode }) {
  const { words } = useTexts()
  if (node.row.kind !== 'computer') {
    const Icon = ICONS[node.row.kind]
    return <Icon size={18} aria-hidden className={classes.icon} />
  }
  const { Icon, background, text } = STATE_LOOKS[node.row.computer.state]
  return (
    <Tooltip label={words.states[node.row.computer.state]}>
      <span className={classes.state} style={{ background, color: text }}><Icon size={13} aria-hidden /></span>
    </Tooltip>
  )
}

/** What can be made inside a node, and the call that makes it. */
function creationIn({ row }: TreeNode): { dialog: Dialog; call: CallName; name: 'newClassroom' | 'newGroup' } | undefined {
  switch (row.kind) {
    case 'site':
      return { dialog: { kind: 'new-classroom', site: row.site.id }, call: 'classrooms.create', name: 'newClassroom' }
    case 'classroom':
      return { dialog: { kind: 'new-group', classroom: row.classroom.id }, call: 'groups.create', name: 'newGroup' }
    case 'group':
      return { dialog: { kind: 'new-group', classroom: row.group.classroomId, parent: row.group.id }, call: 'groups.create', name: 'newGroup' }
    case 'computer':
      return undefined
    default:
      return assertNever(row)
  }
}

function AddButton({ node }: { node: TreeNode }) {
  const { shell } = useTexts()
  const may = useMay()
  const creation = creationIn(node)
  if (!creation || !may(creation.call)) return null
  const label = shell[creation.name]
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label}
        className={classes.add}
        onClick={(event) => {
          event.stopPropagation()
          showDialog(creation.dialog)
        }}
      >
        <IconPlus size={14} />
      </ActionIcon>
    </Tooltip>
  )
}
