/**
 * Builds the console into dist/console, from where the server serves it. While working on the pages:
 * `npm run -s sluice -- serve` in one terminal and `npx vite console` in another; Vite passes /api on to the server.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic' } },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: process.env.SLUICE_URL ?? 'http://127.0.0.1:4710', changeOrigin: true } },
  },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // light-dark() must reach the browser as it is: a lowered one would not follow the page's own switch.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The page's policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Mantine marks its files for React servers, which mean nothing here; a warning a file would drown all others.
      onLog: (level, log, pass) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') pass(level, log);
      },
    },
  },
});
