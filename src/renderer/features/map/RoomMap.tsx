import { useMemo } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useTexts } from '../../state/texts.ts'
import { ComputerTile } from './ComputerTile.tsx'
import classes from './RoomMap.module.css'

interface Props {
  /** In room order. */
  computers: readonly ComputerView[]
  selection: ReadonlySet<ComputerId>
  onToggle: (id: ComputerId) => void
}

/** One tile a computer, where it stands in the room; those without a place follow in rows. */
export function RoomMap({ computers, selection, onToggle }: Props) {
  const { rooms } = useTexts()
  const placed = useMemo(() => computers.filter(({ position }) => position), [computers])
  const others = useMemo(() => computers.filter(({ position }) => !position), [computers])
  const tile = (computer: ComputerView): React.ReactNode => (
    <ComputerTile key={computer.id} computer={computer} selected={selection.has(computer.id)} onToggle={onToggle} />
  )
  return (
    <section aria-label={rooms.map} className={classes.map}>
      {placed.length > 0 && <div className={classes.places}>{placed.map(tile)}</div>}
      <div className={classes.rows}>{others.map(tile)}</div>
    </section>
  )
}
