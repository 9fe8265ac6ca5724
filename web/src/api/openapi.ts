// The commands of the Tenon that serves this page, other add-ons' too, with their schemas: from its /openapi.json.
import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../components/SchemaForm";
import { request } from "./client";

export interface CommandInfo {
  name: string;
  summary: string;
  schema: Schema;
}

const PREFIX = "command.";

export function commandsIn(document: unknown): CommandInfo[] {
  const { components } = document as { components: { schemas: Record<string, Schema> } };
  return Object.entries(components.schemas)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, schema]) => ({ name: name.slice(PREFIX.length), summary: schema.description ?? "", schema }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

export function useCommands() {
  return useQuery({
    queryKey: ["openapi"],
    queryFn: async () => commandsIn(await request("GET", "/openapi.json")),
    staleTime: 60_000,
  });
}
