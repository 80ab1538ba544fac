import { createServer } from 'node:net'
import { once } from 'node:events'
import { StringDecoder } from 'node:string_decoder'
import { diskFacts } from '#shared/domain/disk-facts.ts'
import type { Firmware } from '#shared/domain/disk.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { formatSeconds, type Language } from '#shared/i18n/index.ts'
import { OpenDisk } from '#image/browse/open-disk.ts'
import type { OpenRevision } from '#image/browse/revision.ts'
import { canAccelerate, uefiFiles, VirtualMachine, type MachineFacts } from '#image/browse/virtual-machine.ts'
import type { SavedRevision } from '#image/browse/save-revision.ts'
import { show } from '../context.ts'
import { oneOf, parseCommand, positionals } from '../usage.ts'
import type { ImageCommand, ImageContext } from './image-command.ts'
import { openRevision, ReadErrors } from './open-files.ts'
import { positiveNumber, REPO } from './options.ts'
import { DESCRIPTION, save, savedLine, savedValue } from './save.ts'

const FIRST_DISPLAY = 5900

interface TryTexts {
  starting: (facts: MachineFacts) => string
  screen: (port: number) => string
  serial: string
  off: (seconds: number) => string
  discarded: string
  unchanged: string
}

const TEXTS: Record<Language, TryTexts> = {
  es: {
    starting: ({ firmware, memory, accelerate }) =>
      `Arranca en una máquina virtual sin red (${firmware}, ${memory} MB${accelerate ? '' : ', emulada: lenta'}).`,
    screen: (port) => `Su pantalla: vnc://127.0.0.1:${port}`,
    serial: 'Lo que sigue es su puerto serie; Ctrl+A x la apaga.',
    off: (seconds) => `La máquina se apagó a los ${formatSeconds(seconds)}.`,
    discarded: 'Lo que escribió se ha descartado.',
    unchanged: 'No escribió nada: no hay nada que guardar.',
  },
  en: {
    starting: ({ firmware, memory, accelerate }) =>
      `It starts in a virtual machine without a network (${firmware}, ${memory} MB${accelerate ? '' : ', emulated: slow'}).`,
    screen: (port) => `Its screen: vnc://127.0.0.1:${port}`,
    serial: 'What follows is its serial port; Ctrl+A x switches it off.',
    off: (seconds) => `The machine was off after ${formatSeconds(seconds)}.`,
    discarded: 'What it wrote is discarded.',
    unchanged: 'It wrote nothing: there is nothing to save.',
  },
}

interface TryRequest {
  repo: string | undefined
  name: string
  firmware: Firmware | undefined
  memory: number
  vnc: boolean
  save: boolean
  description: string
}

export const tryImage: ImageCommand = {
  usage: {
    es: `  try --repo CARPETA NOMBRE[@REV] [--firmware bios|uefi] [--memory MB] [--vnc] [--save [--description TEXTO]]
                                 arranca la imagen de un disco en una máquina virtual (QEMU); lo que escribe se descarta,
                                 o se guarda como una revisión nueva cuando se apaga`,
    en: `  try --repo DIR NAME[@REV] [--firmware bios|uefi] [--memory MB] [--vnc] [--save [--description TEXT]]
                                 starts the image of a disk in a virtual machine (QEMU); what it writes is discarded, or
                                 saved as a new revision when it is switched off`,
  },
  async run(context, args) {
    const request = parseRequest(args)
    await using opened = await openRevision(context, request.repo, request.name)
    const errors = new ReadErrors(context)
    const { seconds, facts, saved } = await errors.during(() => tryRevision(context, opened.revision, request, errors))
    const texts = TEXTS[context.language]
    const { firmware, memory, accelerate } = facts
    show(context, { revision: opened.revision.name, firmware, memory, accelerate, seconds, saved: saved ? savedValue(saved) : null }, () =>
      [texts.off(seconds), saved ? savedLine(saved, context.language) : request.save ? texts.unchanged : texts.discarded])
    return RESULT.ok
  },
}

function parseRequest(args: readonly string[]): TryRequest {
  const { values, positionals: rest } = parseCommand(args, {
    ...REPO, ...DESCRIPTION, firmware: { type: 'string' }, memory: { type: 'string', default: '2048' },
    vnc: { type: 'boolean', default: false }, save: { type: 'boolean', default: false },
  })
  const [name] = positionals(rest, 'NAME[@REV]')
  const { repo, vnc, description } = values
  return {
    repo, name, vnc, description, save: values.save,
    firmware: values.firmware === undefined ? undefined : oneOf<Firmware>(values.firmware, '--firmware', ['bios', 'uefi']),
    memory: positiveNumber(values.memory, '--memory') ?? 2048,
  }
}

async function tryRevision(
  context: ImageContext, revision: OpenRevision, request: TryRequest, errors: ReadErrors,
): Promise<{ seconds: number; facts: MachineFacts; saved: SavedRevision | undefined }> {
  const { signal } = context
  await using disk = await OpenDisk.open(revision, { signal, onError: errors.note })
  const facts = await machineFacts(disk, request, signal)
  describe(context, facts)
  const started = performance.now()
  await runMachine(context, facts)
  const seconds = (performance.now() - started) / 1000
  const edited = request.save ? await disk.edited({ signal }) : []
  const saved = edited.length > 0 ? await save(context, revision, edited, request.description, signal) : undefined
  return { seconds, facts, saved }
}

async function machineFacts(disk: OpenDisk, { firmware, memory, vnc }: TryRequest, signal: AbortSignal): Promise<MachineFacts> {
  const chosen = firmware ?? diskFacts(disk.layout).boots.at(-1) ?? 'bios'
  return {
    firmware: chosen, memory, sectorSize: disk.layout.sectorSize, socket: disk.socket,
    accelerate: await canAccelerate({ signal }),
    ...(chosen === 'uefi' ? { uefi: await uefiFiles(disk.path('variables')) } : {}),
    ...(vnc ? { display: await freeDisplay() } : {}),
  }
}

/** The first VNC display whose port nobody has. */
async function freeDisplay(): Promise<number> {
  for (let display = 0; ; display += 1) {
    const probe = createServer().listen(FIRST_DISPLAY + display, '127.0.0.1')
    const free = await once(probe, 'listening').then(() => true, () => false)
    probe.close()
    if (free || display === 99) return display
  }
}

function describe({ say, language }: ImageContext, facts: MachineFacts): void {
  const texts = TEXTS[language]
  say(texts.starting(facts))
  if (facts.display !== undefined) say(texts.screen(FIRST_DISPLAY + facts.display))
  say(texts.serial)
}

/** Its serial port is the terminal, key by key; programs that ask for JSON find it on the standard error. */
async function runMachine({ terminal, json, signal }: ImageContext, facts: MachineFacts): Promise<void> {
  const decoder = new StringDecoder('utf8')
  const print = (text: string): void => (json ? terminal.err(text) : terminal.out(text))
  const machine = VirtualMachine.start(facts, { signal, onSerial: (bytes) => print(decoder.write(bytes)) })
  const { stdin } = process
  const typed = terminal.interactive && !json
  if (typed) {
    stdin.setRawMode(true)
    stdin.pipe(machine.keyboard)
  } else machine.keyboard.end()
  try {
    await machine.off()
  } finally {
    if (typed) {
      stdin.unpipe(machine.keyboard)
      stdin.setRawMode(false)
      stdin.pause()
    }
  }
}
