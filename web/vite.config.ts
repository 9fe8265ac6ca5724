// Built into static files that Tenon serves under /ui/. `npm run dev` serves them itself and passes everything else to
// the Tenon at TENON_PORT, with the Origin that Tenon takes for its own.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const tenon = `http://localhost:${process.env["TENON_PORT"] ?? 9876}`;
const passed = { target: tenon, changeOrigin: true, headers: { origin: tenon } };

export default defineConfig({
  base: "/ui/",
  plugins: [react()],
  build: {
    outDir: process.env["TENON_WEB_OUT"] ?? "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // One small file: a page's own that was lost on its way Vite would never ask for again.
    cssCodeSplit: false,
    chunkSizeWarningLimit: 1200,
  },
  server: {
    proxy: {
      "^/(?!ui/)": passed,
      "/ws": { ...passed, target: tenon.replace("http", "ws"), ws: true },
    },
  },
  test: { environment: "jsdom" },
});
