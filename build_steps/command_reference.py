"""Writes `docs/commands.md` from the one table of commands. Runs inside the environment's Python: THIS.

In: the staged add-on, whose bridge knows every command, natively answered ones too. Out: Markdown.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "commands.md"

HEAD = """# Commands

Written from the command table by `python3 build_addon.py docs`; a check holds it to the table. Parameters
marked `*` must be given. *reads*: changes nothing. *destroys*: may delete or overwrite. *native*: answered
at once, whatever Blender is doing. Every command may also carry `session_id`, `user_prompt`, `timeout` and
`async`: see [protocol/json_port.md](protocol/json_port.md).
"""


def page(commands: list[dict[str, Any]]) -> str:
    return HEAD + "".join(_section(command) for command in commands)


def _section(command: dict[str, Any]) -> str:
    marks = {"reads_only": "reads", "destructive": "destroys", "native": "native"}
    facts = [f"*{word}*" for key, word in marks.items() if command[key]]
    if command["aliases"]:
        facts.append("also " + ", ".join(f"`{alias}`" for alias in command["aliases"]))
    lines = [f"\n## {command['name']}\n", f"{command['description']} {'; '.join(facts)}".strip()]
    required = command["schema"].get("required", [])
    rows = [
        f"| `{name}`{'*' if name in required else ''} | {_kind(schema)} | {_default(schema)} | "
        f"{schema.get('description', '').replace('|', chr(92) + '|')} |"
        for name, schema in command["schema"].get("properties", {}).items()
    ]
    if rows:
        lines += ["", "| parameter | type | default | meaning |", "|---|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "items" in schema:
        words += f" of {_kind(schema['items'])}"
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and most is not None:
        words += f" ({least})" if least == most else f" ({least} to {most})"
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None or most is not None:
        words += f" {'' if least is None else least}…{'' if most is None else most}"
    return words


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return "" if default is None else f"`{default}`"


def main() -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(ROOT / "target" / "addon"))
    importlib.import_module("bpy")  # makes the next one importable
    addon_utils = importlib.import_module("addon_utils")

    tenon = addon_utils.enable("tenon")
    if tenon is None:
        sys.exit("tenon: the add-on could not be enabled; its reason is above")
    text = page(tenon.bridge.bridge.commands())
    if "--check" in sys.argv:
        if not PAGE.is_file() or PAGE.read_text("utf-8") != text:
            sys.exit(f"tenon: {PAGE.name} is not what the table says; run: python3 build_addon.py docs")
    else:
        PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
