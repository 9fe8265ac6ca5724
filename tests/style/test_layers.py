"""Holds the Python packages to their floors: a module imports what stands below it, and never in a circle.

In: the sources, read by `ast`, with the imports inside functions. Out: a failure for each import that goes
up, and for modules that import each other, directly or by way of others. No Blender, no build.

A floor is a module or a folder of the package; those in one row may not import each other. Inside a folder
files may, as long as no circle comes of it.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each package from the ground up. Its own `__init__` is the roof: it may import everything.
FLOORS = {
    "blender_addon": (
        ("_native", "errors", "assistants", "state_folder"),
        ("bridge", "cancellation", "native_library"),
        ("blender",),  # Blender's context, data, handlers and settings, as every part needs them
        ("settings", "registry"),
        ("imaging", "tracking"),
        ("commands",),
        ("compat",),
        ("server",),
        ("ui", "api"),
    ),
    "client/tenon_client": (
        ("errors", "headless_blender", "jsonc_parser", "state_folder", "version"),
        ("codec", "effects", "instances", "tls"),
        ("protocol", "websocket_frames"),
        ("subscription",),
        ("api", "transport_blocking"),
        ("transport_asyncio",),
        ("aio", "client"),  # the one is generated from the other
        ("mcp_stdio",),
        ("setup",),  # tries what it wrote by the protocol that `mcp_stdio` speaks
        ("blenders",),
        ("service",),
        ("install",),
        ("slack",),
        ("cli",),
        ("__main__",),
    ),
}


def modules_of(package: Path) -> dict[str, Path]:
    """Dotted name in the package -> file. A folder's `__init__` has the folder's name, the root's is ""."""
    found = {}
    for path in sorted([*package.rglob("*.py"), *package.glob("*.pyi")]):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(name: str, path: Path, modules: dict[str, Path], package: str) -> set[str]:
    """The modules of the package that this one imports, wherever in the file it does."""
    here = [*name.split(".")] if name else []
    folder = here if path.stem == "__init__" else here[:-1]
    found = set()

    def add(parts: list[str]) -> bool:
        known = ".".join(parts) in modules
        if known:
            found.add(".".join(parts))
        return known

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root, *rest = alias.name.split(".")
                if root == package:
                    add(rest)
        elif isinstance(node, ast.ImportFrom):
            module = node.module.split(".") if node.module else []
            if node.level:
                base = folder[: len(folder) - node.level + 1] + module
            elif module and module[0] == package:
                base = module[1:]
            else:
                continue
            for alias in node.names:
                # `from . import x` names a module, or something that the folder's own file defines.
                if not add([*base, alias.name]):
                    assert add(base), f"{path}: there is no module {'.'.join(base)}"
    return found - {name}


def upward_imports(graph: dict[str, set[str]], floors: tuple[tuple[str, ...], ...]) -> list[str]:
    height = {name: at for at, row in enumerate(floors) for name in row}
    found = []
    for name, imported in sorted(graph.items()):
        own = name.split(".")[0]
        for other in sorted(imported) if own else ():
            theirs = other.split(".")[0]
            if theirs != own and (not theirs or height[theirs] >= height[own]):
                found.append(f"{name} imports {other or 'the package itself'}")
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Every set of modules that reach each other."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for other in graph[waiting.pop()] - seen:
                seen.add(other)
                waiting.append(other)
        return seen

    reach = {name: reached(name) for name in graph}
    groups = {frozenset(o for o in reach[name] if name in reach[o]) for name in graph if name in reach[name]}
    return sorted(map(sorted, groups))


def graph_of(package: Path) -> dict[str, set[str]]:
    modules = modules_of(package)
    return {name: imports_of(name, path, modules, package.name) for name, path in modules.items()}


@pytest.mark.parametrize(("folder", "floors"), FLOORS.items(), ids=FLOORS)
def test_every_module_stands_on_a_floor(folder, floors):
    present = {name.split(".")[0] for name in modules_of(ROOT / folder)} - {""}
    assert sorted(present) == sorted(name for row in floors for name in row)


@pytest.mark.parametrize(("folder", "floors"), FLOORS.items(), ids=FLOORS)
def test_no_import_goes_up(folder, floors):
    assert upward_imports(graph_of(ROOT / folder), floors) == []


@pytest.mark.parametrize("folder", FLOORS)
def test_no_circle(folder):
    assert circles(graph_of(ROOT / folder)) == []


def test_what_this_test_would_find(tmp_path):
    """An upward import and a circle, also where a function hides them."""
    package = tmp_path / "house"
    for name, text in {
        "__init__.py": "from . import roof",
        "ground.py": "def late():\n    from .roof import top\n",
        "roof/__init__.py": "",
        "roof/top.py": "from . import side\nfrom ..ground import late",
        "roof/side.py": "import house.roof.top",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    graph = graph_of(package)
    assert upward_imports(graph, (("ground",), ("roof",))) == ["ground imports roof.top"]
    assert circles(graph) == [["ground", "roof.side", "roof.top"]]
