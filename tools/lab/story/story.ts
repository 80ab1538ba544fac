/**
 * What a technician does in a new classroom: computers come up from the network and are adopted, one is captured,
 * the others get its image, and all start from their own disks.
 */
import { checkData } from './check-data.ts'
import { restoreOthers } from './restores.ts'
import type { Stage } from './stage.ts'
import { adopt, bootLive, capture, imageOf, makeClassroom, startOwnSystem } from './steps.ts'

/** Returns when the story is over; what failed is in the seats' reports. Throws what ends it for all. */
export async function tellStory(stage: Stage): Promise<void> {
  const { seats, options } = stage
  const [reference, ...others] = seats
  if (!reference) throw new Error('a classroom without computers')

  const { name } = reference.report
  await stage.forEach('boot', 'Computers start from the network', seats, (seat) => bootLive(stage, seat))
  const classroom = await makeClassroom(stage)
  await stage.forEach('adopt', 'They are adopted', seats, (seat) => adopt(stage, seat, classroom))
  await stage.forEach('capture', `The disk of ${name} becomes an image`, [reference], (seat) => capture(stage, seat))
  if (others.length > 0) await restoreOthers(stage, others, await imageOf(stage))
  await stage.forEach('system', 'All start from their own disk', seats, (seat) => startOwnSystem(stage, seat))
  if (options.ntfs) {
    const title = 'Their NTFS partitions have the same files'
    await stage.forEach('data', title, seats, (seat) => checkData(seat, seat !== reference))
  }
}
