/** The image goes to the computers: all at once, as a technician orders it, because some methods are about just that. */
import type { ImageView, OperationView } from '#shared/contract/views.ts'
import { isDirect } from '#shared/domain/method.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { wrongTransfer } from './check-transfer.ts'
import type { OperationReport } from './report.ts'
import { adopted, type Seat } from './seat.ts'
import type { Stage } from './stage.ts'
import { finish, WHOLE_DISK } from './steps.ts'

type Order = (computers: ComputerId[]) => Promise<OperationView[]>

/** What is done by the others, by the lab's method. Throws what ends the story; a computer that fails has it in its report. */
export async function restoreOthers(stage: Stage, others: readonly Seat[], image: ImageView): Promise<void> {
  const { method } = stage.options
  const order = (delta: boolean): Order => (computers) =>
    stage.client.call('restore.start', { computers, target: WHOLE_DISK, image: image.id, method, delta })
  if (isDirect(method)) {
    await transfer(stage, others, image, order(true))
    return
  }
  const prepare = together(stage, others, (computers) =>
    stage.client.call('cache.prepare', { computers, disk: WHOLE_DISK.disk, size: stage.cacheSize }))
  await stage.forEach('cache', 'Their empty disks get a CACHE', others, async (seat) => void await prepare(seat))
  await transfer(stage, others, image, order(true))
  // Not what differs alone: all of it is read out of the CACHE.
  const restoreAgain = together(stage, others, order(false))
  await stage.forEach('again', 'They get it again, out of their CACHEs', others, async (seat) => {
    const { bytesReceived } = await restoreAgain(seat)
    if (bytesReceived > 0) throw new Error(`the image was in the CACHE, and ${bytesReceived} bytes of it were transferred`)
    await noteCache(stage, seat, image)
  })
}

async function transfer(stage: Stage, others: readonly Seat[], image: ImageView, order: Order): Promise<void> {
  const { method } = stage.options
  const before = await stage.traffic()
  const restore = together(stage, others, order)
  await stage.forEach('restore', `The others get it by ${method}`, others, async (seat) => {
    checkMethod(await restore(seat), method)
    if (!isDirect(method)) await noteCache(stage, seat, image)
  })
  const after = await stage.traffic()
  const report = {
    method,
    computers: others.filter((seat) => !seat.report.failure).length,
    image: image.revisions.at(-1)?.storedBytes ?? 0,
    sent: { console: after.console - before.console, computers: after.computers - before.computers },
  }
  stage.report.transfer = report
  const wrong = wrongTransfer(report)
  if (wrong !== undefined) throw new Error(wrong)
}

/** One order for all that are still in the story; for each of them, what waits for the end of its operation. */
function together(stage: Stage, seats: readonly Seat[], order: Order): (seat: Seat) => Promise<OperationReport> {
  let ordered: Promise<OperationView[]> | undefined
  return async (seat) => {
    ordered ??= order(seats.filter(({ report }) => !report.failure).map((each) => adopted(each).id))
    const operation = (await ordered).find(({ computerId }) => computerId === adopted(seat).id)
    if (!operation) throw new Error('the console started no operation')
    return finish(stage, seat, operation)
  }
}

function checkMethod({ method, changed }: OperationReport, asked: string): void {
  if (method !== asked) throw new Error(`${asked} was asked for and it used ${method}: ${changed ?? 'for no reason'}`)
}

/** What the computer tells of its CACHE, which must have the image. */
async function noteCache({ client }: Stage, seat: Seat, image: ImageView): Promise<void> {
  const { id } = adopted(seat)
  const cache = (await client.call('computers.list', {})).find((computer) => computer.id === id)?.hardware?.cache
  if (!cache) throw new Error('it has no CACHE any more')
  const { partition, size, free, images, problem } = cache
  seat.report.cache = { partition, size, free, images: images.map(({ name }) => name ?? '?') }
  if (problem !== undefined) throw new Error(`its CACHE cannot be used: ${problem}`)
  const manifest = image.revisions.at(-1)?.manifest
  if (!images.some((cached) => cached.manifest === manifest)) throw new Error('its CACHE does not have the image')
}
