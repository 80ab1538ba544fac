/** What has been chosen in the wizard so far, and what follows from it. */
import { useMemo, useState } from 'react'
import { defaultNetworkProperties } from '#shared/domain/classroom.ts'
import type { DeployCommand } from '#shared/domain/deploy/deploy-command.ts'
import type { ClonaulaError } from '#shared/domain/errors.ts'
import type { ClassroomId } from '#shared/domain/ids.ts'
import { fromTexts, toTexts, type NetworkField, type NetworkTexts } from '../../components/network/network-form.ts'
import { useClassroom } from '../../state/use-classroom.ts'
import { commandsText, fieldsOf, readCommands, type DeployChoice } from './commands.ts'

export interface Deployment {
  choice: DeployChoice
  setChoice: (choice: DeployChoice) => void
  network: NetworkTexts
  /** Of the fields that the transfer has a use for. */
  wrong: ReadonlySet<NetworkField>
  setNetwork: (texts: NetworkTexts) => void
  /** As generated from all this, or as somebody has written it. */
  text: string
  edited: boolean
  setText: (text: string) => void
  regenerate: () => void
  /** None while there is no text, or something is wrong with it. */
  commands: readonly DeployCommand[]
  fault: ClonaulaError | undefined
}

const NOTHING: ReadonlySet<NetworkField> = new Set()

/**
 * @param classroomId whose properties hold for what is not changed
 * @param initial commands that are there already
 */
export function useDeployment(classroomId: ClassroomId | undefined, initial: string | undefined): Deployment {
  const properties = useClassroom(classroomId)?.network ?? defaultNetworkProperties
  const [choice, setChoice] = useState<DeployChoice>({ cacheOnly: false, transfer: 'TORRENT' })
  const [network, setNetwork] = useState(() => toTexts(properties))
  const [written, setWritten] = useState(initial)
  const { wrong, generated } = useMemo(() => {
    // What is wrong in a field that the transfer has no use for is in nobody's way.
    const read = fromTexts({ ...toTexts(properties), ...Object.fromEntries(fieldsOf(choice.transfer).map((field) => [field, network[field]])) })
    return 'wrong' in read ? { wrong: read.wrong, generated: '' } : { wrong: NOTHING, generated: commandsText(choice, read.properties) }
  }, [choice, network, properties])
  const edited = written !== undefined
  const text = written ?? generated
  const read = useMemo(() => (edited || text !== '' ? readCommands(text) : undefined), [edited, text])
  return {
    choice,
    setChoice,
    network,
    wrong,
    setNetwork,
    text,
    edited,
    // Written back to what it was, it follows what is chosen again.
    setText: (changed) => setWritten(changed === generated ? undefined : changed),
    regenerate: () => setWritten(undefined),
    commands: read && 'commands' in read ? read.commands : [],
    fault: read && 'fault' in read ? read.fault : undefined,
  }
}
