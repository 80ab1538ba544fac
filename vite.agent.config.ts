import { builtinModules } from 'node:module'
import { defineConfig } from 'vite'

/**
 * The live agent as one file that Node runs by itself: `out/agent/live.mjs`. Everything that it imports is in it, because the live
 * system has no node_modules.
 */
export default defineConfig({
  build: {
    target: 'node24',
    outDir: 'out/agent',
    emptyOutDir: true,
    copyPublicDir: false,
    ssr: 'src/agent/live/main.ts',
    minify: false,
    rollupOptions: {
      // Native accelerators of ws; it does without.
      external: ['bufferutil', 'utf-8-validate', ...builtinModules, /^node:/],
      output: { format: 'es', entryFileNames: 'live.mjs', codeSplitting: false },
    },
  },
  ssr: { noExternal: true, target: 'node' },
})
