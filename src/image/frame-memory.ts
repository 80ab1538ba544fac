/**
 * The first lines of the script of a thread that reads zstd frames; it calls `frameDone` with the plain bytes of each. Node frees the memory
 * that zstd worked with only when V8 collects what holds it, and V8 waits for 64 MB of what it can see in each isolate. In these small
 * ones a collection takes a few milliseconds, so that they can have one more often, after 32 frames of 512 KiB or 100 of 64 KiB: 100 MB
 * less for two threads, at 2 to 4 % of their time (measured).
 */
export const FRAME_MEMORY = `
require('node:v8').setFlagsFromString('--expose-gc')
const collect = require('node:vm').runInNewContext('gc')
const COLLECT_EVERY = 20 * 1024 * 1024
const CONTEXT = 128 * 1024
let uncollected = 0
function frameDone(plainBytes) {
  uncollected += plainBytes + CONTEXT
  if (uncollected < COLLECT_EVERY) return
  uncollected = 0
  collect()
}
`
