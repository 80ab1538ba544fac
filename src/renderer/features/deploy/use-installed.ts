import { useEffect, useState } from 'react'
import type { InstalledRevision } from '#shared/contract/views.ts'
import { useClient } from '../../bridge/index.ts'
import type { DeployInput } from './CheckStep.tsx'
import { installedCounts, type InstalledCount } from './installed-counts.ts'

/** Milliseconds without a change after which it is worth asking. */
const SETTLED = 300

/** What the destination holds by now, as far as it is known; most computers first. @param request absent: nothing to ask about yet */
export function useInstalled(request: DeployInput | undefined): readonly InstalledCount[] {
  const client = useClient()
  const [counts, setCounts] = useState<readonly InstalledCount[]>([])
  const key = request && JSON.stringify(request)
  useEffect(() => {
    let current = true
    const settle = (rows: readonly { installed?: InstalledRevision }[]): void => {
      if (current) setCounts(installedCounts(rows))
    }
    const timer = setTimeout(() => {
      if (!request) return settle([])
      // A refusal is told when somebody asks for the check.
      client.call('deploy.plan', request).then(({ commands }) => settle(commands.flatMap(({ rows }) => rows)), () => settle([]))
    }, SETTLED)
    return () => {
      current = false
      clearTimeout(timer)
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key says all that is in the request
  }, [client, key])
  return counts
}
