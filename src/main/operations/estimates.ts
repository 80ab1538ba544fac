/** How long each computer of a plan will take, from what the inventory knows. */
import type { ComputerView, RestorePlanRow, RevisionView } from '#shared/contract/views.ts'
import type { MethodUse } from '#shared/domain/automatic-change.ts'
import { estimateRestore, type PastRestore } from '#shared/domain/estimate.ts'
import type { ProtocolOptions } from '#shared/domain/deploy/protocol-options.ts'
import { isDirect, type RestoreMethod } from '#shared/domain/method.ts'
import type { TransferLimits } from '#shared/domain/transfer-limits.ts'
import type { Inventory } from '../inventory/index.ts'
import type { PastRestores } from '../inventory/past-restores.ts'
import type { Views } from './views.ts'

export interface EstimateParts {
  inventory: Pick<Inventory, 'images' | 'pastRestores' | 'tree'>
  views: Pick<Views, 'computer'>
  limits: () => TransferLimits
}

/** Adds link speed and time to the rows of one request. `options`: a deployment's. */
export type WithEstimates = (rows: readonly RestorePlanRow[], revision: RevisionView, options?: ProtocolOptions) => RestorePlanRow[]

export function createEstimates({ inventory: { images, pastRestores, tree }, views, limits }: EstimateParts): WithEstimates {
  /** Mbit/s that all together can get from the console. */
  function limit(method: RestoreMethod, { classroomId }: ComputerView, options: ProtocolOptions): number | undefined {
    if (method === 'TORRENT-CACHE') return undefined
    if (!method.startsWith('MULTICAST')) return limits().unicastSpeed
    return options.multicastSpeed ?? tree.classroom(classroomId).network.multicastSpeed
  }

  /** Compressed bytes that come over the network for a row. */
  function transfer({ bytes, use, cache }: RestorePlanRow, { manifest, volumes }: RevisionView): number {
    // A CACHE gets all that it will lack then: in a deployment, commands before this one may have filled it.
    if (use && cache && !isDirect(use.method)) return cache.missing
    // Of a disk image that goes to a partition, only that volume's share is fetched.
    const used = volumes.reduce((sum, volume) => sum + volume.used, 0)
    return images.weigh(manifest, []).bytes * (used > 0 ? bytes / used : 1)
  }

  return (rows, revision, options = {}) => {
    const histories = new Map<string, ReturnType<PastRestores['list']>>()
    /** Of the computer's own room; of all rooms, where it has none. */
    const history = ({ method, cached }: MethodUse, { classroomId }: ComputerView): readonly PastRestore[] => {
      const key = `${method} ${cached}`
      const all = histories.get(key) ?? pastRestores.list(method, cached === true)
      histories.set(key, all)
      const own = all.filter((run) => run.classroomId === classroomId)
      return own.length > 0 ? own : all
    }
    const receiving = ({ method }: MethodUse): number => rows.filter(({ use }) => use?.method === method && !use.cached).length

    return rows.map((row) => {
      const computer = views.computer(row.computerId)
      const { use } = row
      const linkSpeed = linkSpeedOf(computer)
      const estimate = use && estimateRestore({
        method: use.method,
        bytes: row.bytes,
        transfer: use.cached ? 0 : transfer(row, revision),
        computers: use.cached ? 1 : receiving(use),
        linkSpeed,
        limit: limit(use.method, computer, options),
      }, history(use, computer))
      return { ...row, ...(linkSpeed !== undefined && { linkSpeed }), ...(estimate && { estimate }) }
    })
  }
}

/** Of the card that it has its address on, as its agent found it last; undefined where the driver does not say. */
function linkSpeedOf({ ip, macs, hardware }: ComputerView): number | undefined {
  const cards = hardware?.interfaces ?? []
  const card = cards.find((each) => each.ip !== '' && each.ip === ip) ?? cards.find((each) => macs.includes(each.mac))
  return card && card.speed > 0 ? card.speed : undefined
}
