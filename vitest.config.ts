import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

/**
 * For tests that need the machine: one that is shared may keep them waiting for longer than they can. What needed its second
 * try is named as such by `npm test`.
 */
const retry = process.env['CI'] === undefined ? 0 : 1

/**
 * One project a kind of test: `unit` needs nothing, the others root, loop devices, namespaces or QEMU.
 * Those run a file at a time: they share the machine's loop devices and two cores.
 */
export default defineConfig({
  plugins: [react()],
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts', 'tests/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'integration', include: ['tests/integration/**/*.test.ts'], exclude: ['tests/integration/{image,transfer}/**'],
          testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false, retry,
        },
      },
      {
        extends: true,
        test: { name: 'image', include: ['tests/integration/image/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false, retry },
      },
      {
        extends: true,
        test: { name: 'transfer', include: ['tests/integration/transfer/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false, retry },
      },
      {
        extends: true,
        test: { name: 'lab', include: ['tests/lab/**/*.test.ts'], testTimeout: 1_200_000, hookTimeout: 1_200_000, fileParallelism: false, retry },
      },
    ],
  },
})
