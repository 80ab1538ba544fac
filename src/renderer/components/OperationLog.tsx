import { Paper, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import type { OperationView } from '#shared/contract/views.ts'
import { formatClock } from '../i18n/index.ts'
import { useOperationLog } from '../state/use-operation-log.ts'
import { useTexts } from '../state/texts.ts'
import { operationName } from './operation-name.ts'
import { useRowsInSight } from './use-rows-in-sight.ts'
import classes from './OperationLog.module.css'

const LINE_HEIGHT = 20

/** What the client printed, and goes on printing. It follows the end until someone scrolls up. */
export function OperationLog({ operation }: { operation: OperationView }) {
  const texts = useTexts()
  const { language, operations } = texts
  const name = operationName(operation, texts)
  const lines = useOperationLog(operation.id)
  const scroller = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const virtual = useRowsInSight({ count: lines.length, height: LINE_HEIGHT, scroller })

  useEffect(() => {
    if (atEnd.current && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [lines.length, virtual])
  const onScroll = (): void => {
    const element = scroller.current
    if (element) atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 2 * LINE_HEIGHT
  }
  return (
    <Paper withBorder component="section" aria-label={operations.showLog(name, operation.computerName)}>
      <Text size="sm" fw={600} px="sm" py={6}>{operations.log} · {name} · {operation.computerName}</Text>
      <div ref={scroller} className={classes.scroller} onScroll={onScroll} role="log" tabIndex={0} aria-label={operations.log}>
        {lines.length === 0 && <Text size="sm" c="dimmed" px="sm" py={4}>{operations.logEmpty}</Text>}
        <div className={classes.lines} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const line = lines[index]
            return line && (
              <div key={line.id} className={classes.line} data-level={line.level} style={{ transform: `translateY(${start}px)` }}>
                <span className={classes.time}>{formatClock(line.at, language)}</span> {line.text}
              </div>
            )
          })}
        </div>
      </div>
    </Paper>
  )
}
