// What the page knows of the scene: the tree and the selection, kept up by the channel `scene`.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { look } from "../../api/commands";
import { useChannel } from "../../live";
import { type ObjectNode, withPage } from "./hierarchy";

interface Page {
  roots: ObjectNode[];
  total: number;
  next_offset?: number;
}

/** Many changes at once, as of a script, are answered by one question. */
const PAUSE = 400;

async function readTree(): Promise<{ roots: ObjectNode[]; total: number }> {
  let roots: ObjectNode[] = [];
  let offset: number | undefined = 0;
  let total = 0;
  while (offset !== undefined) {
    const page: Page = await look<Page>("object.get_hierarchy", { offset });
    roots = withPage(roots, page.roots);
    total = page.total;
    offset = page.next_offset;
  }
  return { roots, total };
}

export interface SceneState {
  selected: readonly string[];
  active: string | null;
  frame: number;
  frames: readonly [number, number];
}

interface Overview {
  active?: string;
  selected?: string[];
  frame: number;
  frames: [number, number];
}

export function useScene() {
  const queries = useQueryClient();
  const [state, setState] = useState<SceneState>({ selected: [], active: null, frame: 1, frames: [1, 250] });
  /** Counts changes of what a picture shows. */
  const [version, setVersion] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tree = useQuery({ queryKey: ["scene", "tree"], queryFn: readTree });
  const overview = useQuery({
    queryKey: ["scene", "overview"],
    queryFn: () => look<Overview>("get_scene", { limit: 1 }),
  });
  useEffect(() => {
    const { data } = overview;
    if (!data) return;
    setState({ selected: data.selected ?? [], active: data.active ?? null, frame: data.frame, frames: data.frames });
  }, [overview.data]);
  const readAgain = useCallback(
    (key: readonly string[]) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void queries.invalidateQueries({ queryKey: key }), PAUSE);
    },
    [queries],
  );
  useChannel(
    "scene",
    ({ data }) => {
      const { selected, active, frame } = data as { selected?: string[]; active?: string | null; frame?: number };
      setState((known) => ({
        ...known,
        ...(selected === undefined ? {} : { selected }),
        ...(active === undefined ? {} : { active }),
        ...(frame === undefined ? {} : { frame }),
      }));
      const isOther = "loaded" in data || "removed" in data || "added" in data || "renamed" in data;
      if (isOther) readAgain(["scene"]);
      else if ("transformed" in data) readAgain(["scene", "object"]);
      if (isOther || "transformed" in data || "frame" in data || "mode" in data) setVersion((known) => known + 1);
    },
    { gap: () => readAgain(["scene"]) },
  );
  return { state, tree, version };
}
