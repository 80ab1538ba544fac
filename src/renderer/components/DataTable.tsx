/** Rows to sort, on the keyboard too. Beyond a hundred only those in sight are in the page. */
import { Table, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react'
import {
  createSortedRowModel, rowSortingFeature, tableFeatures, useTable, type ColumnDef, type Header, type Row,
} from '@tanstack/react-table'
import { useRef, type ReactNode } from 'react'
import { useRowsInSight } from './use-rows-in-sight.ts'
import classes from './DataTable.module.css'

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() })
type Features = typeof features

const VIRTUAL_FROM = 100
const ROW_HEIGHT = 44

/** A column: what it is called, what it sorts by, what it shows. */
export interface Column<R> {
  id: string
  header: string
  /** Absent: the column does not sort. */
  sort?: (row: R) => string | number
  cell: (row: R) => ReactNode
}

interface Props<R> {
  label: string
  columns: readonly Column<R>[]
  rows: readonly R[]
  rowId: (row: R) => string
  /** Marks the row that the page shows the details of. */
  current?: string | undefined
}

const collator = new Intl.Collator('es', { numeric: true, sensitivity: 'base' })

function compare(a: unknown, b: unknown): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b))
}

function definition<R extends object>({ id, header, sort, cell }: Column<R>): ColumnDef<Features, R> {
  const shown = { id, header, cell: ({ row }: { row: Row<Features, R> }) => cell(row.original) }
  if (!sort) return { ...shown, enableSorting: false }
  return { ...shown, accessorFn: sort, sortFn: (a, b) => compare(a.getValue(id), b.getValue(id)) }
}

export function DataTable<R extends object>({ label, columns, rows, rowId, current }: Props<R>) {
  const table = useTable<Features, R>({ features, columns: columns.map(definition), data: rows, getRowId: rowId })
  const scroller = useRef<HTMLDivElement>(null)
  const sorted = table.getRowModel().rows
  const long = sorted.length > VIRTUAL_FROM
  const virtual = useRowsInSight({ count: long ? sorted.length : 0, height: ROW_HEIGHT, scroller })
  const inSight = virtual.getVirtualItems()
  const shown = long ? inSight.flatMap(({ index }) => sorted[index] ?? []) : sorted
  const above = inSight[0]?.start ?? 0
  const below = virtual.getTotalSize() - (inSight.at(-1)?.end ?? 0)

  return (
    <div ref={scroller} className={classes.scroller}>
      <Table aria-label={label} aria-rowcount={sorted.length + 1} stickyHeader highlightOnHover verticalSpacing={6}>
        <Table.Thead>
          {table.getHeaderGroups().map((group) => (
            <Table.Tr key={group.id}>{group.headers.map((header) => <HeaderCell key={header.id} header={header} />)}</Table.Tr>
          ))}
        </Table.Thead>
        <Table.Tbody>
          <Gap height={above} columns={columns.length} />
          {shown.map((row) => (
            <Table.Tr key={row.id} data-current={row.id === current || undefined} aria-current={row.id === current || undefined} className={classes.row}>
              {row.getAllCells().map((cell) => <Table.Td key={cell.id}><table.FlexRender cell={cell} /></Table.Td>)}
            </Table.Tr>
          ))}
          <Gap height={below} columns={columns.length} />
        </Table.Tbody>
      </Table>
    </div>
  )
}

const SORTS = { asc: 'ascending', desc: 'descending' } as const

function HeaderCell<R extends object>({ header }: { header: Header<Features, R> }) {
  const { column } = header
  const text = String(column.columnDef.header)
  if (!column.getCanSort()) return <Table.Th>{text}</Table.Th>
  const direction = column.getIsSorted()
  const Icon = direction === 'asc' ? IconArrowUp : direction === 'desc' ? IconArrowDown : IconArrowsSort
  return (
    <Table.Th aria-sort={direction ? SORTS[direction] : 'none'}>
      <UnstyledButton className={classes.sorter} onClick={column.getToggleSortingHandler()}>
        {text} <Icon size={14} aria-hidden opacity={direction ? 1 : 0.35} />
      </UnstyledButton>
    </Table.Th>
  )
}

/** Stands for rows that are out of sight. */
function Gap({ height, columns }: { height: number; columns: number }) {
  return height > 0 ? <tr aria-hidden><td colSpan={columns} style={{ height, padding: 0 }} /></tr> : null
}
