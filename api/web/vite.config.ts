// How the pages are built: console, driver and its service worker, return links; without external hosts.
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;
const serviceWorker = "driver-sw";

export default defineConfig({
  appType: "mpa",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        console: `${root}/console/index.html`,
        driver: `${root}/driver/index.html`,
        return: `${root}/return/index.html`,
        [serviceWorker]: `${root}/driver/service-worker.ts`,
      },
      output: {
        entryFileNames: (chunk) =>
          chunk.name === serviceWorker ? "[name].js" : "assets/[name]-[hash].js",
      },
    },
  },
  server: {
    proxy: { "/v1": process.env.FIELDSTOCK_API ?? "http://127.0.0.1:8000" },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
