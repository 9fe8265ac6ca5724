// After `vite build`: each file as FILE.gz and FILE.br instead of itself, and manifest.json, by which Tenon serves them:
// {path: {"type", "etag", "immutable", "size"}}. Same input, same bytes. Says how heavy it all is.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const folder = process.argv[2] ?? "dist";
const manifest = {};
let weight = 0;
for (const name of readdirSync(folder, { recursive: true }).toSorted()) {
  const file = join(folder, name);
  if (!statSync(file).isFile()) continue;
  const type = TYPES[extname(name)];
  if (!type) throw new Error(`${name}: no type is known for this file; add it to TYPES`);
  const bytes = readFileSync(file);
  const path = relative(folder, file).split(sep).join("/");
  manifest[path] = {
    type,
    etag: createHash("sha256").update(bytes).digest("hex").slice(0, 32),
    // Vite puts a hash of the content into the names of what it bundles.
    immutable: path.startsWith("assets/"),
    size: bytes.length,
  };
  const gzipped = gzipSync(bytes, { level: 9 });
  weight += gzipped.length;
  writeFileSync(`${file}.gz`, gzipped);
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  );
  rmSync(file);
}
writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
console.log(`the page: ${Math.round(weight / 1000)} kB gzipped`);
