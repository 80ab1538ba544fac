/**
 * The first lines of the script of a thread that makes or reads zstd frames; it calls `frameDone()` after each. Node frees the memory
 * that zstd worked with, 1.5 MB a frame, only when V8 collects what holds it, and V8 waits for 64 MB of it in each isolate. In these
 * small ones a collection takes a millisecond, so that they can have one more often: 100 MB less for two threads, at 2 % of
 * their time (measured).
 */
export const FRAME_MEMORY = `
require('node:v8').setFlagsFromString('--expose-gc')
const collect = require('node:vm').runInNewContext('gc')
let frames = 0
function frameDone() {
  frames += 1
  if (frames % 32 === 0) collect()
}
`
