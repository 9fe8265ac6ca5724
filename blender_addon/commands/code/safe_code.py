"""Whether code keeps to the policy *Safe*: the scene and nothing else, no file, process, network or setting.

In: source text. Out: nothing, or `CommandError` with the code `blocked` for the first thing that is not
allowed; SyntaxError where the text is none. Main thread: it asks Blender for the names of its data.

A seat belt, not a wall. It reads the text and knows no values, so it allows what the tables name and refuses
all else: modules and their members, builtins, operators, and attributes by their name alone, whatever they
are taken from. That stops what a language model writes by habit or by mistake. It cannot stop who sets out
to get through: Blender and Python were not made to hold untrusted code in. What it does not stop is listed
in docs/python_code.md.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import re
import string
import types
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import bpy

from ...errors import CommandError
from . import removed_names
from .safe_tables import (
    BUILTINS,
    CALLED,
    CONTEXT_MEMBERS,
    FILE_NODES,
    MODULES,
    OPERATORS,
    OPERATORS_NAMED,
    PATH_SUBTYPES,
    REFUSED_ASSIGNMENTS,
    REFUSED_ATTRIBUTES,
    REFUSED_BUILTINS,
    SPECIAL_METHODS,
    WAYS_OUT,
)

MAX_SIZE = 1_000_000  # bytes of source
MAX_DEPTH = 1_000  # of nodes within nodes
SHOWN = 80  # characters of what was found that the message repeats

# Where a node stands, as far as the rules ask.
_VALUE = ""  # its value may go anywhere
_BASE = "base"  # an attribute is taken from it
_CALLED = "called"
_ASKED = "asked"  # only its identity is looked at: an annotation, isinstance's second argument, dir's
_SHOWN = "shown"  # it becomes text
_HANDED = "handed"  # an argument of a function that is not the source's own
_FOLLOWED = "followed"  # it gets another name, that stands for it everywhere

# What a node stands in.
_OUTSIDE, _BODY, _METHOD = "outside of classes", "a class's body", "a method"

_NODES = frozenset(
    """Module Expr Assign AnnAssign AugAssign Delete For While If With withitem Raise Try TryStar
    Assert Import ImportFrom Global Nonlocal Pass Break Continue FunctionDef ClassDef Return BoolOp
    NamedExpr BinOp UnaryOp Lambda IfExp Dict Set ListComp SetComp DictComp GeneratorExp
    comprehension Yield YieldFrom Compare Call FormattedValue JoinedStr Constant Attribute Subscript
    Starred Name List Tuple Slice arguments arg keyword alias ExceptHandler Match match_case
    MatchValue MatchSingleton MatchSequence MatchMapping MatchClass MatchStar MatchAs MatchOr
    TypeAlias TypeVar ParamSpec TypeVarTuple""".split()  # noqa: SIM905
)
_GETTERS = frozenset(("getattr", "hasattr", "setattr", "delattr"))


def check(source: str, namespace: Mapping[str, Any] | None = None) -> None:
    """Raise CommandError for code that the policy *Safe* refuses.

    namespace: what the code will find there, if an earlier call left something: modules under other names
    """
    tree = _parsed(source)
    _Checker(tree, namespace or {}).run()


def _parsed(source: str) -> ast.Module:
    if len(source) > MAX_SIZE or len(source.encode("utf-8", "surrogatepass")) > MAX_SIZE:
        raise _refusal(1, "the source", f"the code is longer than the {MAX_SIZE:,} bytes that can be checked")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # compiling tells them
            return ast.parse(source.removeprefix("\ufeff"))
    except (RecursionError, MemoryError):
        raise _too_deep(1) from None
    except ValueError as error:  # a null byte, a lone surrogate
        raise SyntaxError(str(error)) from None


def _too_deep(line: int) -> CommandError:
    return _refusal(
        line, "the source", f"the code is nested deeper than the {MAX_DEPTH:,} that can be checked"
    )


def _refusal(line: int, found: str, why: str, way_out: str | None = None) -> CommandError:
    """The error for it: what, where, and what to do instead."""
    shown = found if len(found) <= SHOWN else f"{found[:SHOWN]}..."
    setting = "*Python Code* to *Ask* or *On* in Tenon's preferences"
    ways = (
        f"{way_out}; or the user sets {setting}" if way_out else f"The user can allow it by setting {setting}"
    )
    return CommandError(
        f"Line {line}: {why}. {ways}.",
        code="blocked",
        data={"line": line, "found": shown},
    )


def _way_out(name: str) -> str | None:
    """What the longest row says that the name is or begins with; a row without a dot must be all of it."""
    fitting = [row for row in WAYS_OUT if name == row or ("." in row and name.startswith(row))]
    return WAYS_OUT[max(fitting, key=len)] if fitting else None


class _Checker:
    def __init__(self, tree: ast.Module, namespace: Mapping[str, Any]) -> None:
        self.tree = tree
        self.namespace = namespace
        self.nodes: list[tuple[ast.AST, str]] = []
        self.modules: dict[str, str] = {}  # name -> what it stands for, of MODULES or a member of one
        self.followed: set[ast.expr] = set()  # the values of assignments that give a module another name
        self.own: set[str] = set()  # attributes that the source's own classes have
        self.classes: set[str] = set()
        self.typing: set[str] = set()  # names that come from the module typing
        self.functions: set[str] = set()
        self.contexts = {"context", "ctx"}  # names that bpy.context has, or has by custom
        self.bound: Counter[str] = Counter()

    def run(self) -> None:
        self._measure()
        self._collect()
        # A stack of our own, for Python's is shorter than the source may be deep.
        waiting: list[tuple[ast.AST, str]] = [(self.tree, _VALUE)]
        while waiting:
            node, place = waiting.pop()
            waiting.extend(reversed(list(self._checked(node, place))))

    # ---- what the source binds ----

    def _measure(self) -> None:
        """List all nodes, with whether they stand in a class's body, in or outside its methods."""
        waiting: list[tuple[ast.AST, int, str]] = [(self.tree, 0, _OUTSIDE)]
        while waiting:
            node, depth, scope = waiting.pop()
            if depth > MAX_DEPTH:
                raise _too_deep(getattr(node, "lineno", 1))
            self.nodes.append((node, scope))
            if isinstance(node, ast.ClassDef):
                scope = _BODY
            elif scope == _BODY and isinstance(node, ast.FunctionDef | ast.Lambda):
                scope = _METHOD
            waiting.extend((child, depth + 1, scope) for child in ast.iter_child_nodes(node))

    def _collect(self) -> None:
        aliases: list[tuple[str, ast.expr]] = []
        self._collect_namespace()
        for node, scope in self.nodes:
            for name in _bound_names(node):
                self.bound[name] += 1
            if scope != _OUTSIDE:
                self._collect_own(node)
            if scope == _BODY and isinstance(node, ast.Import | ast.ImportFrom):
                # It would be an attribute, and those are not followed.
                raise self._refused(node, "import", "an import in a class's body is refused")
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.split(".")[0]
                    self._stands_for(node, alias.asname or root, alias.name if alias.asname else root)
            elif isinstance(node, ast.ImportFrom) and node.module in MODULES and not node.level:
                for alias in node.names:
                    if node.module == "bpy" and alias.name == "context":
                        self.contexts.add(alias.asname or alias.name)
                    if node.module == "typing":
                        self.typing.add(alias.asname or alias.name)
                    whole = f"{node.module}.{alias.name}"
                    if whole in MODULES or node.module == "bpy.types" or node.module == "bpy.ops":
                        self._stands_for(node, alias.asname or alias.name, whole)
            elif isinstance(node, ast.Assign):
                if scope != _BODY and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                    aliases.append((node.targets[0].id, node.value))
            elif isinstance(node, ast.ClassDef):
                self.classes.add(node.name)
            elif isinstance(node, ast.FunctionDef):
                self.functions.add(node.name)
            elif isinstance(node, ast.Call):
                self._collect_fields(node)
        # What an earlier call left behind is there under its own name.
        for name in MODULES:
            if "." not in name and not self.bound[name]:
                self.modules.setdefault(name, name)
        self._follow(aliases)
        self.contexts.update(name for name, value in aliases if self._whole(value) == "bpy.context")

    def _collect_namespace(self) -> None:
        used = {node.id for node, _ in self.nodes if isinstance(node, ast.Name)}
        for name in used & self.namespace.keys():
            if (whole := _module_name(self.namespace[name])) is not None:
                self.modules[name] = whole

    def _collect_own(self, node: ast.AST) -> None:
        """What is bound in a class is an attribute of its, or of what it makes."""
        if isinstance(node, ast.FunctionDef):
            self.own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self.own.add(node.id)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("self", "cls")
        ):
            self.own.add(node.attr)

    def _collect_fields(self, node: ast.Call) -> None:
        """The fields of `namedtuple("Point", "x y")` and `Enum("Side", ["LEFT", "RIGHT"])`."""
        func = node.func
        name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        if name in ("namedtuple", "NamedTuple", "Enum", "IntEnum", "Flag", "IntFlag", "StrEnum"):
            for fields in node.args[1:2]:
                each = fields.elts if isinstance(fields, ast.List | ast.Tuple) else [fields]
                for field in each:
                    if isinstance(field, ast.Tuple) and field.elts:
                        field = field.elts[0]
                    if isinstance(field, ast.Constant) and isinstance(field.value, str):
                        self.own.update(field.value.replace(",", " ").split())

    def _stands_for(self, node: ast.AST, name: str, whole: str) -> None:
        if name == "bpy" and whole != "bpy":
            raise self._refused(node, name, "`bpy` is Blender's module, give the other one another name")
        if self.modules.setdefault(name, whole) != whole:
            raise self._refused(node, name, f"`{name}` stands for both {self.modules[name]} and {whole}")

    def _follow(self, aliases: list[tuple[str, ast.expr]]) -> None:
        """`ops = bpy.ops`, where the name is bound nowhere else, is read as bpy.ops wherever it stands."""
        by_root: defaultdict[str, list[tuple[str, ast.expr]]] = defaultdict(list)
        for name, value in aliases:
            root = value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and self.bound[name] == 1:
                by_root[root.id].append((name, value))
        waiting = list(self.modules)
        while waiting:
            for name, value in by_root[waiting.pop()]:
                whole = self._whole(value)
                if whole is not None and name not in self.modules and _is_module(whole):
                    self.modules[name] = whole
                    self.followed.add(value)
                    waiting.append(name)

    # ---- the rules ----

    def _refused(self, node: ast.AST, found: str, why: str, way_out: str | None = None) -> CommandError:
        return _refusal(getattr(node, "lineno", 1), found, why, way_out)

    def _checked(self, node: ast.AST, place: str) -> Iterator[tuple[ast.AST, str]]:
        """Check this node; what is left to check in it, and where that stands."""
        kind = type(node).__name__
        if isinstance(node, ast.expr_context | ast.operator | ast.boolop | ast.unaryop | ast.cmpop):
            return
        if kind not in _NODES:
            raise self._refused(node, kind, f"`{kind}` is not among what can be checked")
        for name in _bound_names(node):
            self._check_binding(node, name)
        own = getattr(self, f"_check_{kind}", None)
        if own is not None:
            yield from own(node, place)
            return
        inner = _ASKED if place == _ASKED and isinstance(node, ast.Tuple | ast.List) else _VALUE
        for child in ast.iter_child_nodes(node):
            yield child, inner

    def _check_BinOp(self, node: ast.BinOp, place: str) -> Iterator[tuple[ast.AST, str]]:
        """`A | None` asks, if no operand has operators of its own, which would get the others."""
        operands: list[ast.expr] = [node]
        unites = True
        while isinstance(operands[-1], ast.BinOp):
            last = operands.pop()
            assert isinstance(last, ast.BinOp)
            unites = unites and isinstance(last.op, ast.BitOr)
            operands.extend((last.right, last.left))
        asks = place == _ASKED and unites and all(map(self._is_plain_type, operands))
        for each in operands:
            yield each, _ASKED if asks else _VALUE

    def _is_plain_type(self, node: ast.expr) -> bool:
        """A type of Blender's or Python's, or of the module typing; nothing with operators of its own."""
        if isinstance(node, ast.Subscript):
            node = node.value
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            builtin = node.id in BUILTINS and not self.bound[node.id]
            if builtin or (node.id in self.typing and self.bound[node.id] == 1):
                return True
        return (self._whole(node) or "").startswith(("bpy.types.", "typing."))

    def _check_binding(self, node: ast.AST, name: str) -> None:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and name in SPECIAL_METHODS:
            return
        if name == "__result__" and isinstance(node, ast.Name):
            return
        if name == "bpy" and not isinstance(node, ast.Import):
            raise self._refused(node, name, "`bpy` is Blender's module, give yours another name")
        if _is_special(name):
            raise self._refused(node, name, f"the name `{name}` is Python's own")
        if name in CALLED or _is_refused_builtin(name):
            raise self._refused(node, name, f"`{name}` is a function of Python's, give it another name")

    def _check_Name(self, node: ast.Name, place: str) -> Iterator[tuple[ast.AST, str]]:
        if isinstance(node.ctx, ast.Store | ast.Del):
            return
        name = node.id
        if name in ("__name__", "__result__"):
            return
        if _is_special(name):
            raise self._refused(
                node, name, f"`{name}` is refused: names with two underscores lead into Python"
            )
        whole = self.modules.get(name)
        if whole is not None:
            self._check_whole(node, whole, place)
        elif name in CALLED:
            raise self._refused(node, name, f"`{name}` may only be called, not handed on")
        elif _is_refused_builtin(name):
            raise self._refused(node, name, f"`{name}` is refused", _way_out(name))
        yield from ()

    def _check_Constant(self, node: ast.Constant, place: str) -> Iterator[tuple[ast.AST, str]]:
        if isinstance(node.value, str) and len(node.value) <= SHOWN:
            # In parts too, where the name is put together of this and another text.
            part = next((part for part in FILE_NODES if part in node.value), None)
            if part is not None:
                why = f"nodes whose name has `{part}` read a file"
                raise self._refused(node, node.value, why, "The command import_file imports one")
        yield from ()

    def _check_FormattedValue(self, node: ast.FormattedValue, place: str) -> Iterator[tuple[ast.AST, str]]:
        yield node.value, _SHOWN
        if node.format_spec is not None:
            yield node.format_spec, _VALUE

    def _check_Subscript(self, node: ast.Subscript, place: str) -> Iterator[tuple[ast.AST, str]]:
        key = node.slice
        if isinstance(key, ast.Constant) and key.value == "preferences":  # of the context's members
            raise self._refused(node, key.value, "the user's preferences are not for use")
        inner = _ASKED if place == _ASKED and self._is_plain_type(node.value) else _VALUE
        yield node.value, inner
        yield key, inner

    def _check_Attribute(self, node: ast.Attribute, place: str) -> Iterator[tuple[ast.AST, str]]:
        # From the inside, so that the first wrong name of a chain is the one that is told.
        if node.attr == "path_resolve" and place != _CALLED:
            raise self._refused(node, node.attr, "`.path_resolve` may only be called, not handed on")
        chain = [node]
        while isinstance(chain[-1].value, ast.Attribute):
            chain.append(chain[-1].value)
        root = chain[-1].value
        whole = self.modules.get(root.id) if isinstance(root, ast.Name) else None
        for each in reversed(chain):
            at = place if each is node else _BASE
            self._check_member(each, each.value, whole, each.attr, each.ctx, at)
            whole = f"{whole}.{each.attr}" if whole is not None and _is_module(whole) else None
        yield root, _BASE

    def _check_member(
        self,
        node: ast.AST,
        base: ast.expr,
        whole: str | None,
        attr: str,
        ctx: ast.expr_context,
        place: str,
    ) -> None:
        """An attribute of `base`, that is `whole` if it begins with a module."""
        if whole is not None and _is_module(whole):
            if not isinstance(ctx, ast.Load):
                raise self._refused(node, f"{whole}.{attr}", f"`{whole}.{attr}` may not be changed")
            self._check_whole(node, f"{whole}.{attr}", place)
        elif whole is not None and whole.startswith("bpy.types."):
            if attr not in ("bl_rna", "__name__") or not isinstance(ctx, ast.Load):
                raise self._not_asked(node, whole)
        elif attr == "copy" and (whole == "bpy.context" or self._is_context(base)):
            raise self._refused(
                node,
                "context.copy",
                "the copy of a context holds the user's preferences",
                "Use bpy.context.temp_override(...)",
            )
        elif not (attr == "__init__" and _is_super(base)):
            self._check_attribute(node, base, attr, ctx)

    def _not_asked(self, node: ast.AST, whole: str) -> CommandError:
        return self._refused(
            node,
            whole,
            f"`{whole}` may only be asked for with isinstance or in an annotation, or for its bl_rna; "
            "not handed on, inherited from or called",
        )

    def _check_attribute(
        self, node: ast.AST, base: ast.expr | None, attr: str, ctx: ast.expr_context
    ) -> None:
        """An attribute of something that is not known."""
        loads = isinstance(ctx, ast.Load)
        if attr == "__name__" and loads:
            return
        if attr.startswith("_"):
            on_self = isinstance(base, ast.Name) and base.id in ("self", "cls")
            if not (on_self and attr in self.own and not _is_special(attr) and attr not in _hidden()):
                raise self._refused(
                    node, attr, f"`.{attr}` is refused: what begins with an underscore is not for use"
                )
            return
        if attr in REFUSED_ATTRIBUTES:
            raise self._refused(
                node, attr, f"`.{attr}` is refused, whatever it is taken from", _way_out(attr)
            )
        if not loads and attr in REFUSED_ASSIGNMENTS:
            raise self._refused(node, attr, f"`.{attr}` may be read but not set", _way_out(attr))
        if attr == "format":
            if loads and not (isinstance(base, ast.Constant) and _is_plain_format(base.value)):
                raise self._refused(
                    node,
                    attr,
                    "`.format` is allowed on a literal text with plain fields",
                    "Use an f-string",
                )
            return
        if not (attr in self.own and attr not in _hidden()) and not _is_known(attr):
            raise self._refused(
                node,
                attr,
                f"`.{attr}` is no attribute of Blender's data, of Python's basic types or of this code",
            )
        if not loads and base is not None and _is_type_call(base):
            raise self._refused(node, attr, "a type may not be changed")

    def _is_context(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.contexts

    # ---- modules, types and operators ----

    def _whole(self, node: ast.expr) -> str | None:
        """The dotted name that the expression is, if it begins with a module."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.modules:
            return None
        whole = self.modules[node.id]
        for part in reversed(parts):
            if not _is_module(whole):
                return None
            whole = f"{whole}.{part}"
        return whole

    def _check_whole(self, node: ast.AST, whole: str, place: str) -> None:
        if _is_module(whole) and place not in (_BASE, _ASKED, _FOLLOWED):
            raise self._refused(node, whole, f"the module `{whole}` may not be handed on")
        parent, _, name = whole.rpartition(".")
        if not parent:
            if whole not in MODULES:  # an earlier call left it, when more was allowed
                raise self._refused(node, whole, f"the module `{whole}` is refused", _way_out(whole))
            return
        if parent == "bpy.types":
            if place not in (_ASKED, _BASE):  # what is taken from it is checked there
                raise self._not_asked(node, whole)
            if not hasattr(bpy.types, name):  # the error at run time would hold bpy.types
                hint = removed_names.hint("type", name, bpy.app.version)
                raise self._refused(node, whole, f"this Blender has no `{whole}`", hint)
        elif parent == "bpy.ops":
            if name not in OPERATORS and name not in OPERATORS_NAMED:
                raise self._refused(node, whole, f"`{whole}` is refused", _way_out(whole))
        elif parent.startswith("bpy.ops."):
            if not _is_operator_allowed(parent.split(".")[2], name):
                raise self._refused(node, whole, f"the operator `{whole}` is refused", _way_out(whole))
        elif parent not in MODULES or not _is_member(parent, name):
            raise self._refused(
                node, whole, f"`{whole}` is refused, or there is none", _way_out(whole) or _way_out(name)
            )

    def _check_Import(self, node: ast.Import, place: str) -> Iterator[tuple[ast.AST, str]]:
        for alias in node.names:
            if alias.name not in MODULES or alias.name == "__future__":
                raise self._refused_import(node, alias.name)
        yield from ()

    def _check_ImportFrom(self, node: ast.ImportFrom, place: str) -> Iterator[tuple[ast.AST, str]]:
        module = node.module or ""
        if node.level:
            raise self._refused(node, "." * node.level + module, "there is no package to import from")
        ops = module.startswith("bpy.ops.")
        if module not in MODULES and not ops:
            raise self._refused_import(node, module)
        for alias in node.names:
            whole = f"{module}.{alias.name}"
            if alias.name == "*":
                raise self._refused(node, whole, f"`from {module} import *` is refused: name what you need")
            # A module or a type gets a name of its own here, and is checked wherever that stands.
            self._check_whole(node, whole, _ASKED)
        yield from ()

    def _refused_import(self, node: ast.AST, name: str) -> CommandError:
        root = name.split(".")[0]
        allowed = ", ".join(sorted(each for each in MODULES if "." not in each and each != "__future__"))
        why = f"`import {name}` is refused; allowed are {allowed}"
        return self._refused(node, name, why, _way_out(root))

    def _check_Assign(self, node: ast.Assign, place: str) -> Iterator[tuple[ast.AST, str]]:
        for target in node.targets:
            yield target, _VALUE
        yield node.value, _FOLLOWED if node.value in self.followed else _VALUE

    # ---- calls ----

    def _check_Call(self, node: ast.Call, place: str) -> Iterator[tuple[ast.AST, str]]:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name in CALLED:
            yield from self._check_special_call(node, name or "", place)
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr == "path_resolve":
            self._check_data_path(node)
        yield node.func, _CALLED
        own = name == "dict" or name in self.functions or name in self.classes
        for argument in node.args:
            yield argument, _SHOWN if name in ("print", "repr", "str") and not self.bound[name] else _VALUE
        for keyword in node.keywords:
            yield keyword, _VALUE if own else _HANDED

    def _check_data_path(self, node: ast.Call) -> None:
        """`x.path_resolve("a.b")` is `x.a.b`."""
        path = node.args[0] if node.args else None
        if not (isinstance(path, ast.Constant) and isinstance(path.value, str)):
            raise self._refused(node, "path_resolve", "`.path_resolve` is allowed with a literal path only")
        for name in re.findall(r"\w+", path.value):
            if name in REFUSED_ATTRIBUTES or name.startswith("_"):
                raise self._refused(node, name, f"`{name}` is refused in a path too", _way_out(name))

    def _check_keyword(self, node: ast.keyword, place: str) -> Iterator[tuple[ast.AST, str]]:
        name = node.arg or ""
        if place == _HANDED and name in REFUSED_ASSIGNMENTS:
            raise self._refused(node, f"{name}=", f"the argument `{name}` is refused", _way_out(name))
        yield node.value, _VALUE

    def _check_special_call(self, node: ast.Call, name: str, place: str) -> Iterator[tuple[ast.AST, str]]:
        count = len(node.args)
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            raise self._refused(node, name, f"`{name}` is allowed with plain arguments only")
        if name in _GETTERS:
            yield from self._check_getter(node, name)
        elif name == "super":
            if count:
                raise self._refused(node, name, "`super` is allowed without arguments only")
        elif name == "type":
            if count != 1:
                raise self._refused(node, name, "`type` is allowed with one argument only")
            if place not in (_BASE, _ASKED, _CALLED, _SHOWN):  # a type that is kept could be changed
                raise self._refused(
                    node, name, "a type may be compared, shown or called, not kept", "Use type(x).__name__"
                )
            yield node.args[0], _VALUE
        elif name == "dir":
            if count > 1:
                raise self._refused(node, name, "`dir` is allowed with one argument at most")
            for each in node.args:
                yield each, _ASKED
        else:
            for each, where in zip(node.args, (_VALUE, *[_ASKED] * count), strict=False):
                yield each, where

    def _check_getter(self, node: ast.Call, name: str) -> Iterator[tuple[ast.AST, str]]:
        if len(node.args) < 2:
            raise self._refused(node, name, f"`{name}` needs two arguments")
        attr = node.args[1]
        if not (isinstance(attr, ast.Constant) and isinstance(attr.value, str)):
            raise self._refused(
                node, name, f"`{name}` is allowed with a literal name only", "Write the attribute as x.name"
            )
        ctx = {"setattr": ast.Store(), "delattr": ast.Del()}.get(name, ast.Load())
        if name == "hasattr" and not attr.value.startswith("_"):  # it tells yes or no
            yield node.args[0], _ASKED
            return
        if attr.value == "path_resolve":
            raise self._refused(node, attr.value, "`.path_resolve` may only be called, not handed on")
        for text in (unicodedata.normalize("NFKC", attr.value), attr.value):
            self._check_member(node, node.args[0], self._whole(node.args[0]), text, ctx, _VALUE)
        yield node.args[0], _BASE
        for each in node.args[2:]:
            yield each, _VALUE

    def _check_Compare(self, node: ast.Compare, place: str) -> Iterator[tuple[ast.AST, str]]:
        # Types compared with types; another operand's `__eq__` would get the type.
        sides = [node.left, *node.comparators]
        asked = all(_is_type_call(each) or self._names_types(each) for each in sides)
        same = all(isinstance(each, ast.Is | ast.IsNot) for each in node.ops)
        for each in sides:
            yield each, _ASKED if asked or same else _VALUE

    def _names_types(self, node: ast.expr) -> bool:
        each = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
        return all((self._whole(one) or "").startswith("bpy.types.") for one in each)

    # ---- definitions ----

    def _check_ClassDef(self, node: ast.ClassDef, place: str) -> Iterator[tuple[ast.AST, str]]:
        if node.keywords:
            raise self._refused(node, node.name, "keywords of a class, such as `metaclass`, are refused")
        for base in node.bases:
            if not self._is_base(base):
                raise self._refused(
                    base,
                    self._whole(base) or node.name,
                    f"class `{node.name}` may inherit from classes of this code, exceptions, and those of "
                    "enum and typing; Blender's are registered, which is refused",
                )
        for inner in ast.iter_child_nodes(node):
            yield inner, _VALUE

    def _is_base(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Subscript):  # Generic[T]
            node = node.value
        if isinstance(node, ast.Name):
            kind = getattr(builtins, node.id, None)
            exception = isinstance(kind, type) and issubclass(kind, BaseException)
            own = node.id in self.classes and self.bound[node.id] == 1
            return own or exception or node.id in _BASES
        return isinstance(node, ast.Attribute) and (self._whole(node) or "") in _BASES

    def _check_FunctionDef(self, node: ast.FunctionDef, place: str) -> Iterator[tuple[ast.AST, str]]:
        for child in ast.iter_child_nodes(node):
            yield child, _ASKED if child is node.returns else _VALUE

    def _check_arg(self, node: ast.arg, place: str) -> Iterator[tuple[ast.AST, str]]:
        if node.annotation is not None:
            yield node.annotation, _ASKED

    def _check_AnnAssign(self, node: ast.AnnAssign, place: str) -> Iterator[tuple[ast.AST, str]]:
        yield node.target, _VALUE
        yield node.annotation, _ASKED
        if node.value is not None:
            yield node.value, _VALUE

    def _check_MatchClass(self, node: ast.MatchClass, place: str) -> Iterator[tuple[ast.AST, str]]:
        for attr in node.kwd_attrs:
            self._check_attribute(node, None, attr, ast.Load())
        yield node.cls, _ASKED
        for child in (*node.patterns, *node.kwd_patterns):
            yield child, _VALUE


# ---- names ----

_BASES = frozenset(
    """object Enum IntEnum Flag IntFlag StrEnum NamedTuple TypedDict Generic enum.Enum enum.IntEnum
    enum.Flag enum.IntFlag enum.StrEnum typing.NamedTuple typing.TypedDict typing.Generic dict
    list""".split()  # noqa: SIM905
)


def _bound_names(node: ast.AST) -> list[str]:
    """The names that this node itself binds, or says the scope of."""
    if isinstance(node, ast.Name):
        return [node.id] if isinstance(node.ctx, ast.Store | ast.Del) else []
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names if alias.name != "*"]
    if isinstance(node, ast.Global | ast.Nonlocal):
        return list(node.names)
    name = getattr(node, "name", None)
    if isinstance(node, ast.MatchMapping):
        name = node.rest
    if isinstance(node, ast.alias):
        return []
    return [name] if isinstance(name, str) else []


def _is_special(name: str) -> bool:
    return name.startswith("__") and (name.endswith("__") or name == "__")


def _is_refused_builtin(name: str) -> bool:
    if name in REFUSED_BUILTINS:
        return True
    kind = getattr(builtins, name, None)
    if kind is None or name in BUILTINS or name in CALLED:
        return False
    return not (isinstance(kind, type) and issubclass(kind, BaseException))


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_type_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"


def _is_plain_format(text: object) -> bool:
    """Whether its fields are names and numbers, without attributes and indices, in their formats too."""
    if not isinstance(text, str):
        return False
    forms = [text]
    for _ in range(3):  # Python itself goes no deeper
        try:
            parts = [part for form in forms for part in string.Formatter().parse(form)]
        except ValueError:
            return False
        if any(field and ("." in field or "[" in field) for _, field, _, _ in parts):
            return False
        forms = [form for _, _, form, _ in parts if form]
    return not forms


def _is_module(whole: str) -> bool:
    return whole in MODULES or (whole.startswith("bpy.ops.") and whole.count(".") == 2)


def _is_member(module: str, name: str) -> bool:
    """Whether it is allowed, and there: the error for one that is missing would hold the module."""
    allowed = MODULES[module]
    if name.startswith("_") or not hasattr(_module(module), name):
        return module == "__future__"
    if allowed == "*":
        return not isinstance(getattr(_module(module), name), types.ModuleType)
    return name in allowed


def _module_name(value: Any) -> str | None:
    """The dotted name of a module, or of a part of bpy that is used like one; None: it is neither."""
    for name in MODULES:
        if name != "__future__" and value is _module(name):
            return name
    if type(value) is type(bpy.ops.mesh) and (shown := re.search(r"bpy\.ops\.\w+", repr(value))):
        return shown[0]
    return value.__name__ if isinstance(value, types.ModuleType) else None


def _module(name: str) -> Any:
    """A module of MODULES, as `import` gives it."""
    root, *rest = name.split(".")
    found: Any = importlib.import_module(root)
    for part in rest:
        found = getattr(found, part)
    return found


def _is_listed(module: str, name: str) -> bool:
    """Whether the tables allow the operator."""
    if module in OPERATORS:
        return name not in OPERATORS[module]
    return name in OPERATORS_NAMED.get(module, ())


def _takes_a_path(module: str, name: str) -> bool:
    """Of another version of Blender's than the tables were made from."""
    try:
        rna = getattr(getattr(bpy.ops, module), name).get_rna_type()
    except (AttributeError, KeyError):  # there is no such operator: calling it says so
        return False
    return any(each.type == "STRING" and each.subtype in PATH_SUBTYPES for each in rna.properties)


def _is_operator_allowed(module: str, name: str) -> bool:
    if not _is_listed(module, name) or _takes_a_path(module, name):
        return False
    # Another add-on's, in a module that is Blender's own, may do anything.
    kind = getattr(bpy.types, f"{module.upper()}_OT_{name}", None)
    return kind is None or kind.__module__.split(".")[0] in _BLENDERS


# ---- the attributes that there are ----

_BLENDERS = frozenset(("bpy", "bpy_types", "_bpy_types", "bl_operators", "bl_ui", "cycles", "builtins"))
# Types whose members are code, the user interface or the user's settings, with those that inherit from them;
# and how the names of others begin.
_LEFT_OUT = """Operator OperatorProperties OperatorMacro Macro Panel Menu Header UIList UILayout KeyingSetInfo
    RenderEngine AddonPreferences Gizmo GizmoGroup GizmoProperties AssetShelf FileHandler WorkSpaceTool
    BlendImportContext""".split()  # noqa: SIM905
_LEFT_OUT_BEGIN = (
    *(
        "Preferences",
        "KeyConfig",
        "KeyMap",
        "UserExtensionRepo",
        "UserAssetLibrary",
        "ScriptDirectory",
        "Addon",
    ),
    *("PathCompare", "StudioLight", "AssetLibraryCollection", "Theme", "Xr", "FileSelect", "FileBrowser"),
)


def _generator() -> Iterator[None]:
    yield


_PYTHON_TYPES: tuple[Any, ...] = (
    *(
        str,
        bytes,
        bytearray,
        int,
        float,
        complex,
        list,
        tuple,
        dict,
        set,
        frozenset,
        range,
        memoryview,
        slice,
    ),
    *(property, Exception, StopIteration, KeyError, AttributeError, UnicodeError, type(_generator())),
)
_MODULE_TYPES = {
    "collections": ("ChainMap", "Counter", "OrderedDict", "defaultdict", "deque"),
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "enum": ("Enum", "Flag"),
    "functools": ("partial",),
    "json": ("JSONDecodeError",),
    "random": ("Random",),
    "re": ("Match", "Pattern"),
    "statistics": ("NormalDist",),
    "time": ("struct_time",),
}
_EXTRA = frozenset(("value", "name", "cache_clear", "cache_info", "args", "poll", "get_rna_type"))


_known: frozenset[str] = frozenset()


def _is_known(attr: str) -> bool:
    """Whether something that safe code can reach has such an attribute."""
    global _known
    if attr not in _known:
        _known = _all_names()  # an add-on may have brought it; else the check ends with this name
    return attr in _known


def _all_names() -> frozenset[str]:
    names = set(CONTEXT_MEMBERS) | set(_EXTRA) | set(dir(bpy.context))
    for kind in _PYTHON_TYPES:
        names.update(dir(kind))
    for module, members in _MODULE_TYPES.items():
        for member in members:
            names.update(dir(getattr(_module(module), member)))
    for module in ("mathutils", "mathutils.kdtree", "mathutils.bvhtree", "bmesh.types"):
        for kind in vars(_module(module)).values():
            if isinstance(kind, type):
                names.update(dir(kind))
    seen: set[str] = set()
    for kind in _blender_types(left_out=False):
        rna = getattr(kind, "bl_rna", None)
        if rna is not None:
            _add_properties(rna, names, seen)
        if kind.__module__.split(".")[0] in _BLENDERS:
            names.update(dir(kind))
            if rna is not None:
                names.update(rna.functions.keys())
    # What is gone since Blender 3.4: the code fails with the hint that tells what to write instead.
    names.update(row.name for row in removed_names.ROWS if row.kind == "member")
    return frozenset(name for name in names if not name.startswith("_") and name not in _CODE)


def _add_properties(rna: Any, names: set[str], seen: set[str]) -> None:
    """With those of an add-on's groups, which stand in no list of types, only in properties."""
    waiting = [rna]
    while waiting:
        rna = waiting.pop()
        if rna.identifier in seen:
            continue
        seen.add(rna.identifier)
        names.update(rna.properties.keys())
        for each in rna.properties:
            if each.type in ("POINTER", "COLLECTION"):
                group = each.fixed_type
                if group.base is not None and group.base.identifier == "PropertyGroup":
                    waiting.append(group)


def _blender_types(*, left_out: bool) -> Iterator[Any]:
    """Blender's types: those that are left out, or the others."""
    roots = tuple(getattr(bpy.types, name) for name in _LEFT_OUT if hasattr(bpy.types, name))
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name, None)
        if isinstance(kind, type):
            out = issubclass(kind, roots) or name.startswith(_LEFT_OUT_BEGIN)
            if out == left_out:
                yield kind


# Python's own ways to a generator's or a property's code.
_CODE = frozenset(
    ("gi_code", "gi_frame", "gi_running", "gi_suspended", "gi_yieldfrom", "fget", "fset", "fdel")
)

_hidden_names: frozenset[str] = frozenset()


def _hidden() -> frozenset[str]:
    """Names that the source's own classes may not make attributes of, for they would be allowed on all else:
    modules within modules, and the members of the types that are left out."""
    global _hidden_names
    if not _hidden_names:
        names: set[str] = set()
        for module in MODULES:
            if not module.startswith("bpy."):  # those are no modules of Python's, but bpy.path
                members = vars(_module(module)).items()
                names.update(name for name, member in members if isinstance(member, types.ModuleType))
        for kind in _blender_types(left_out=True):
            names.update(name for name, member in vars(kind).items() if callable(member))
            rna = getattr(kind, "bl_rna", None)
            if rna is not None and not issubclass(kind, bpy.types.OperatorProperties | bpy.types.Operator):
                names.update((*rna.properties.keys(), *rna.functions.keys()))
        _hidden_names = frozenset(names)
    return _hidden_names
