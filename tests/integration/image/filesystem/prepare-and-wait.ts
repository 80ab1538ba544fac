/**
 * `node prepare-and-wait.ts PATH FILESYSTEM`: prepares a source, says what it does, and then waits to be killed.
 * A process of its own, because a test cannot kill itself.
 */
import { Filesystem } from '#shared/domain/disk.ts'
import { prepareSource } from '#image/index.ts'

const [path = '', filesystem] = process.argv.slice(2)
const say = (line: string): boolean => process.stdout.write(`${line}\n`)
await prepareSource({ path, filesystem: Filesystem.parse(filesystem) }, {
  clean: true, shrink: true, onProgress: ({ phase, done }) => say(`${phase} ${done}`),
})
say('prepared')
setInterval(() => undefined, 1000)
