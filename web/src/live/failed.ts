// How many of the tasks that Tenon still knows have failed, for the menu.
import { get } from "../api/client";
import { usePolled } from "./polling";

export function useFailed(): number {
  const { data } = usePolled(["failed"], () => get("/mcp/status"), 2000);
  return Number((data as { failed?: unknown } | undefined)?.failed ?? 0);
}
