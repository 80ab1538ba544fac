/** Failures of what was done without a dialog. */
import { create } from 'zustand'

export interface Notice {
  id: number
  error: unknown
}

interface Notices {
  notices: readonly Notice[]
  dismiss: (id: number) => void
}

export const useNotices = create<Notices>((set) => ({
  notices: [],
  dismiss: (id) => set(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) })),
}))

let last = 0

export function reportFailure(error: unknown): void {
  last += 1
  const notice = { id: last, error }
  useNotices.setState(({ notices }) => ({ notices: [...notices, notice] }))
}
