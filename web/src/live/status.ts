// What Blender does now, of GET /status: for the header and the overview, asked once for both.
import { get } from "../api/client";
import type { components } from "../api/schema";
import { usePolled } from "./polling";

export type Status = components["schemas"]["ServerStatus"];

export function useStatus(every = 1000) {
  return usePolled<Status>(["status"], () => get("/status") as Promise<Status>, every);
}
