/** The console without a window: `node src/main/headless.ts [OPTION…]`, the same as `clonaula serve`. */
import { main } from './cli/main.ts'
import { processTerminal } from './cli/terminal.ts'

process.exitCode = await main(['serve', ...process.argv.slice(2)], processTerminal)
