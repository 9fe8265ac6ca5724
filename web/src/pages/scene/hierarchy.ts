// The scene's objects as a tree: pages of `object.get_hierarchy` put together, and the rows that are open.

export interface ObjectNode {
  name: string;
  type: string;
  children: ObjectNode[];
}

export interface Row {
  name: string;
  type: string;
  depth: number;
  /** Undefined where nothing hangs on it. */
  isOpen: boolean | undefined;
}

/** A later page repeats what its objects hang on; those branches grow, others come behind. */
export function withPage(known: readonly ObjectNode[], page: readonly ObjectNode[]): ObjectNode[] {
  const merged = [...known];
  for (const node of page) {
    const last = merged.at(-1);
    // Pages follow the tree from the top down, so only the last branch can go on.
    if (last?.name === node.name) merged[merged.length - 1] = { ...last, children: withPage(last.children, node.children) };
    else merged.push(node);
  }
  return merged;
}

/** With a text: what has it in its name, and what that hangs on, all open. */
export function rowsOf(roots: readonly ObjectNode[], closed: ReadonlySet<string>, text: string): Row[] {
  const wanted = text.trim().toLowerCase();
  const rows: Row[] = [];
  const walk = (nodes: readonly ObjectNode[], depth: number): boolean => {
    let isAny = false;
    for (const node of nodes) {
      const at = rows.length;
      const isOpen = wanted !== "" || !closed.has(node.name);
      rows.push({
        name: node.name, type: node.type, depth, isOpen: node.children.length === 0 ? undefined : isOpen,
      });
      const hasChild = isOpen && walk(node.children, depth + 1);
      if (wanted !== "" && !hasChild && !node.name.toLowerCase().includes(wanted)) rows.length = at;
      else isAny = true;
    }
    return isAny;
  };
  walk(roots, 0);
  return rows;
}
