import { Tooltip } from '@mantine/core'
import type { Disk } from '#shared/domain/disk.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { useTexts } from '../state/texts.ts'
import classes from './DiskBar.module.css'
import { diskSegments } from './disk-segments.ts'
import { filesystemColour, useDiskWords } from './disk-words.ts'

/** A disk drawn to scale: its partitions in order, with what is in use of each, and the gaps between them. */
export function DiskBar({ disk }: { disk: Disk }) {
  const { language, computer } = useTexts()
  const { filesystemName } = useDiskWords()
  return (
    <div className={classes.bar} aria-hidden>
      {diskSegments(disk).map(({ start, size, partition }) => {
        const label = partition ? `${partition.number} · ${filesystemName(partition.filesystem)}` : computer.disks.free
        const used = partition?.used === undefined ? 0 : (partition.used / partition.size) * 100
        return (
          <Tooltip key={start} label={`${label} · ${formatBytes(size, language)}`}>
            <div className={partition ? classes.partition : classes.free} style={{ flexGrow: size }}>
              {partition && (
                <>
                  <div className={classes.stripe} style={{ background: filesystemColour(partition.filesystem) }} />
                  <div className={classes.used} style={{ width: `${used}%`, background: filesystemColour(partition.filesystem) }} />
                  <span className={classes.label}>{label}</span>
                </>
              )}
            </div>
          </Tooltip>
        )
      })}
    </div>
  )
}
