import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import type { RefObject } from 'react'

interface Rows {
  count: number
  /** Pixels of a row. */
  height: number
  scroller: RefObject<HTMLDivElement | null>
}

/** Of a long list, only the rows in sight and a few around them are in the page. */
export function useRowsInSight({ count, height, scroller }: Rows): Virtualizer<HTMLDivElement, Element> {
  // The warning is for React's compiler, which would cache what this object changes in place; it is not used here.
  // oxlint-disable-next-line react/incompatible-library
  return useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 20 })
}
