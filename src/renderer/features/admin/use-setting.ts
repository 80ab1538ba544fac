import { useState } from 'react'
import type { ConsoleView } from '#shared/contract/views.ts'
import { useConsole } from '../../state/console-store.ts'
import { reportFailure } from '../../state/notices.ts'

/**
 * A setting of the console: what is chosen shows at once, and goes back to what is kept when it cannot be kept.
 * @param read what is kept
 * @param save asks the console to keep a choice
 */
export function useSetting<T>(read: (info: ConsoleView) => T, save: (choice: T) => Promise<ConsoleView>): [T | undefined, (choice: T) => void] {
  const kept = useConsole(({ info }) => info && read(info))
  /** Chosen, and not yet known to be kept. */
  const [chosen, setChosen] = useState<T>()
  const choose = (choice: T): void => {
    setChosen(() => choice)
    save(choice).then((info) => useConsole.setState({ info }), reportFailure).finally(() => setChosen(undefined))
  }
  return [chosen ?? kept, choose]
}
