"""Circles in a graph of imports."""

from __future__ import annotations

from collections.abc import Mapping, Set


def circles(edges: Mapping[str, Set[str]]) -> list[list[str]]:
    """The groups of files that reach each other, each sorted: Tarjan's strongly connected components."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for to in sorted(edges.get(node, ())):
            if to not in order:
                visit(to)
                lowest[node] = min(lowest[node], lowest[to])
            elif to in stack:
                lowest[node] = min(lowest[node], order[to])
        if lowest[node] == order[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(edges):
        if node not in order:
            visit(node)
    return found
