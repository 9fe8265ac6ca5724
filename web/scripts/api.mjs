// Writes src/api/schema.d.ts from the OpenAPI document of a running Tenon: `npm run api -- http://localhost:9876`.
// Other add-ons' commands are in that document too, so run it against a plain Blender.
import { writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const address = process.argv[2] ?? "http://localhost:9876";
const tree = await openapi(new URL("/openapi.json", address));
const file = process.argv[3] ?? new URL("../src/api/schema.d.ts", import.meta.url);
await writeFile(file, `// Made by \`npm run api\` from /openapi.json.\n${astToString(tree)}`);
