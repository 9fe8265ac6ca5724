"""What `tenon slack` is told by its file and its environment: who may do what, and the two tokens.

In: a TOML or JSON file, the environment, the platform. Out: a `Config` and `Tokens`, or `InvalidParams` that
says which line is wrong and what to write. Reads one file; otherwise pure. No message holds a token.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import InvalidParams
from ..setup.platform_paths import System
from .roles import Role

APP_TOKEN, BOT_TOKEN = "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"
API_URL = "SLACK_API_URL"  # GovSlack has another
CONFIG_FILE = "TENON_SLACK_CONFIG"
DEFAULT_API_URL = "https://slack.com/api/"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

EXAMPLE = """[people]
U0123456789 = "coder"

[channels]
C0123456789 = "maker"
"""


@dataclass(frozen=True)
class Config:
    """The file. What it does not name is not allowed."""

    people: Mapping[str, Role] = field(default_factory=dict)
    channels: Mapping[str, Role] = field(default_factory=dict)  # the most that anybody may do there
    direct_messages: Role = Role.CODER  # the most that anybody may do there
    everyone: Role = Role.NONE  # people that are not listed, in the channels that are
    answer_strangers: bool = True
    admin_confirms: bool = False  # else whoever asked
    confirm_code: bool = True
    pictures: bool = True


@dataclass(frozen=True)
class Tokens:
    """Never printed: `repr` leaves them out."""

    app: str = field(repr=False)
    bot: str = field(repr=False)
    api_url: str = DEFAULT_API_URL


def tokens(environ: Mapping[str, str]) -> Tokens:
    """The tokens of the environment; on a command line others could read them."""
    for name, prefix, what in (
        (APP_TOKEN, "xapp-", "the app-level token with the scope connections:write"),
        (BOT_TOKEN, "xoxb-", "the bot user's OAuth token"),
    ):
        if not environ.get(name):
            raise InvalidParams(f"Set {name} in the environment: {what}. docs/slack.md says where it is.")
        if not environ[name].startswith(prefix):
            raise InvalidParams(f"{name} does not begin with {prefix}: it has to be {what}.")
    url = environ.get(API_URL) or DEFAULT_API_URL
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise InvalidParams(f"{API_URL} must begin with https://: the tokens are sent there.")
    return Tokens(environ[APP_TOKEN], environ[BOT_TOKEN], url if url.endswith("/") else f"{url}/")


def config_file(named: str | None, system: System) -> Path:
    """The file that is named, or the usual one, TOML before JSON."""
    if chosen := named or system.environ.get(CONFIG_FILE):
        return Path(chosen)
    usual = [system.config / "tenon" / name for name in ("slack.toml", "slack.json")]
    return next((each for each in usual if each.is_file()), usual[0])


def read_config(path: Path) -> Config:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidParams(
            f"{path} is missing, and without it nobody may do anything. For example:\n\n{EXAMPLE}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidParams(f"{path} cannot be read: {error}") from error
    try:
        return parse_config(_parse(path, text))
    except InvalidParams as error:
        raise InvalidParams(f"{path}: {error.message}") from None


def _parse(path: Path, text: str) -> Any:
    if path.suffix == ".json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise InvalidParams(f"this is not JSON: {error}") from error
    if sys.version_info >= (3, 11):
        import tomllib

        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InvalidParams(f"this is not TOML: {error}") from error
    raise InvalidParams("TOML needs Python 3.11; write the same as JSON, in a file named slack.json")


def parse_config(whole: Any) -> Config:
    """From what the file holds."""
    if not isinstance(whole, dict):
        raise InvalidParams("expected the tables slack, people and channels")
    _known("", whole, ("slack", "people", "channels"))
    options, people, channels = (_table(whole, name) for name in ("slack", "people", "channels"))
    known = ("strangers", "confirm_by", "confirm_code", "pictures", "direct_messages", "everyone")
    _known("slack.", options, known)
    config = Config(
        people={_id("people", key, "UW"): _role(f"people.{key}", said) for key, said in people.items()},
        channels={
            _id("channels", key, "CG"): _role(f"channels.{key}", said) for key, said in channels.items()
        },
        direct_messages=_role("slack.direct_messages", options.get("direct_messages", "coder")),
        everyone=_role("slack.everyone", options.get("everyone", "off")),
        answer_strangers=_choice(options, "strangers", "tell", "silent") == "tell",
        admin_confirms=_choice(options, "confirm_by", "asker", "admin") == "admin",
        confirm_code=_switch(options, "confirm_code"),
        pictures=_switch(options, "pictures"),
    )
    if not config.people and not config.everyone:
        raise InvalidParams(f"nobody is allowed anything; name people, for example:\n\n{EXAMPLE}")
    return config


def _table(whole: dict[str, Any], name: str) -> dict[str, Any]:
    found = whole.get(name, {})
    if not isinstance(found, dict):
        raise InvalidParams(f"{name}: expected a table of keys and values")
    return found


def _known(where: str, table: dict[str, Any], names: tuple[str, ...]) -> None:
    for key in table:
        if key not in names:
            raise InvalidParams(f"{where}{key} is not known here; known are {', '.join(names)}")


def _id(table: str, key: str, letters: str) -> str:
    """Slack's own ids: names can be changed and taken by others."""
    if key[:1] not in letters or not key.isalnum() or key != key.upper():
        what = "a member id such as U0123456789" if table == "people" else "a channel id such as C0123456789"
        raise InvalidParams(f"{table}.{key}: expected {what}, not a name")
    return key


def _role(where: str, said: Any) -> Role:
    try:
        return Role.NONE if said == "off" else Role[str(said).upper()]
    except KeyError:
        raise InvalidParams(f"{where}: expected off, reader, maker, coder or admin") from None


def _choice(options: dict[str, Any], key: str, usual: str, other: str) -> str:
    said = options.get(key, usual)
    if said not in (usual, other):
        raise InvalidParams(f"slack.{key}: expected {usual} or {other}")
    return str(said)


def _switch(options: dict[str, Any], key: str) -> bool:
    said = options.get(key, True)
    if not isinstance(said, bool):
        raise InvalidParams(f"slack.{key}: expected true or false")
    return said
