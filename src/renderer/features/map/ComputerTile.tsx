import { ActionIcon, Anchor, Checkbox, Group, Menu, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { memo } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { BootModeMark } from '../../components/BootModeMark.tsx'
import { Marks } from '../../components/Marks.tsx'
import { operationName } from '../../components/operation-name.ts'
import { outcomeSentence } from '../../components/outcome.ts'
import { Permitted } from '../../components/Permitted.tsx'
import { ProgressLine } from '../../components/ProgressLine.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { STATE_LOOKS } from '../../components/state-looks.ts'
import { BAD } from '../../components/tones.ts'
import { showDialog } from '../../state/dialogs.ts'
import { go, screenPath } from '../../state/screen.ts'
import { marksOf } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import classes from './RoomMap.module.css'
import { useStart } from './use-start.ts'

interface Props {
  computer: ComputerView
  selected: boolean
  onToggle: (id: ComputerId) => void
}

/** Rows are replaced when they change and only then, so an unchanged tile is not drawn again. */
export const ComputerTile = memo(function ComputerTile({ computer, selected, onToggle }: Props) {
  const { rooms } = useTexts()
  const { id, name, state, bootMode, position } = computer
  const place = position && { gridColumn: position.column + 1, gridRow: position.row + 1 }
  return (
    <Menu>
      <Menu.ContextMenu>
        <article
          aria-label={name}
          className={classes.tile}
          data-selected={selected || undefined}
          data-maintenance={state === 'maintenance' || undefined}
          style={{ ...place, borderInlineStartColor: STATE_LOOKS[state].background }}
        >
          <div className={classes.head}>
            <Checkbox size="xs" aria-label={rooms.select(name)} checked={selected} onChange={() => onToggle(id)} />
            <Anchor href={screenPath({ name: 'computer', id })} fw={600} size="sm" c="inherit" title={name} className={classes.name}>{name}</Anchor>
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" size="xs" aria-label={rooms.actions(name)}><IconDots size={16} /></ActionIcon>
              </Menu.Target>
              <Menu.Dropdown><Actions id={id} /></Menu.Dropdown>
            </Menu>
          </div>
          <Group gap={6}>
            <StateBadge state={state} />
            <Marks {...marksOf(computer)} />
            <BootModeMark mode={bootMode} />
          </Group>
          <Doing computer={computer} />
        </article>
      </Menu.ContextMenu>
      <Menu.Dropdown><Actions id={id} /></Menu.Dropdown>
    </Menu>
  )
})

/** What it is doing, or how the last thing ended if that was badly, or how far its boot has come. */
function Doing({ computer: { operation, booting, ip, name } }: { computer: ComputerView }) {
  const texts = useTexts()
  const { language, words } = texts
  if (operation?.state === 'running' && operation.progress) {
    const label = `${operationName(operation, texts)} ${name}`
    return <ProgressLine progress={operation.progress} label={label} stalled={operation.stalled} />
  }
  if (operation?.state === 'failed') {
    return <Text size="xs" c={BAD} lineClamp={3}>{outcomeSentence(operation, language)}</Text>
  }
  if (booting) return <Text size="xs" c="dimmed">{words.bootPhases[booting.phase]}</Text>
  return <Text size="xs" c="dimmed">{ip}</Text>
}

function Actions({ id }: { id: ComputerId }) {
  const { rooms, deploy } = useTexts()
  const start = useStart()
  return (
    <>
      <Menu.Item onClick={() => go({ name: 'computer', id })}>{rooms.details}</Menu.Item>
      <Permitted call="restore.start"><Menu.Item onClick={() => showDialog({ kind: 'restore', computers: [id] })}>{rooms.restore}</Menu.Item></Permitted>
      <Permitted call="deploy.start"><Menu.Item onClick={() => showDialog({ kind: 'deploy', computers: [id] })}>{deploy.action}</Menu.Item></Permitted>
      <Permitted call="images.capture"><Menu.Item onClick={() => showDialog({ kind: 'capture', computer: id })}>{rooms.createImage}</Menu.Item></Permitted>
      <Permitted call="computers.update"><Menu.Item onClick={() => showDialog({ kind: 'boot-mode', computers: [id] })}>{rooms.bootMode.action}</Menu.Item></Permitted>
      <Menu.Divider />
      <Permitted call="computers.power"><Menu.Item onClick={() => start([id])}>{rooms.start}</Menu.Item></Permitted>
      <Permitted call="computers.power"><Menu.Item onClick={() => showDialog({ kind: 'power', computers: [id], action: 'restart' })}>{rooms.restart}</Menu.Item></Permitted>
      <Permitted call="computers.power"><Menu.Item onClick={() => showDialog({ kind: 'power', computers: [id], action: 'shutdown' })}>{rooms.shutdown}</Menu.Item></Permitted>
    </>
  )
}
