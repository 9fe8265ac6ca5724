"""`tenon slack`: a bot that does in Blender what people write in Slack, over Socket Mode.

In: the command line, a file that says who may do what, two tokens in the environment. Out: the bot, until
Ctrl+C or SIGTERM; its log on standard error, without tokens. Exit code 1 if it cannot begin, or if `--check`
found something missing. Needs slack_sdk, which only this subcommand imports.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from ..client import Client, connect
from ..errors import TenonError
from ..instances import HOST_VARIABLE, PORT_VARIABLE, TOKEN_VARIABLE
from ..setup.platform_paths import System
from ..state_folder import state_folder
from .config import APP_TOKEN, BOT_TOKEN, CONFIG_FILE, Config, Tokens, config_file, read_config, tokens

PATIENCE = 3600.0  # seconds that a command is waited for
RECONNECT = 60.0  # seconds for which a Blender that is gone is looked for

INSTALL = "tenon slack needs slack_sdk: pip install 'tenon-client[slack]'"
SECRET = re.compile(r"\b(xox[a-z]-|xapp-|xoxe[.-])[\w-]+|(?<=ticket=)[^\s&\"']+")

log = logging.getLogger(__name__)


class MissingPackage(TenonError):
    """slack_sdk is not installed."""

    CODE = "missing_package"


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "slack",
        help="do in Blender what people write in Slack",
        description=f"A bot for Slack, over Socket Mode. The tokens are in {APP_TOKEN} and {BOT_TOKEN}; who "
        "may do what is in its file. docs/slack.md tells how to make the app.",
    )
    parser.add_argument(
        "--config", metavar="FILE", help=f"TOML or JSON; default: {CONFIG_FILE}, else slack.toml"
    )
    parser.add_argument("--check", action="store_true", help="say what is missing, and end")
    parser.add_argument("--host", help=f"where Blender runs, if not on this machine ({HOST_VARIABLE})")
    parser.add_argument("--port", type=int, help=f"the port of one Blender among several ({PORT_VARIABLE})")
    parser.add_argument(
        "--instance", help="one Blender among several: a pid, a port, the name of its open file"
    )
    parser.add_argument("--verbose", action="store_true", help="log more")
    parser.set_defaults(func=run, json=False)


def run(arguments: argparse.Namespace) -> int:
    _log_to_stderr(arguments.verbose)
    if arguments.check:
        return check(arguments)
    config = read_config(config_file(arguments.config, System()))
    secrets = tokens(os.environ)
    _need_slack_sdk()
    closing = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: closing.set())
    serve(config, secrets, _opener(arguments), closing)
    return 0


def serve(
    config: Config, secrets: Tokens, blender: Callable[[str | None, float], Client], closing: threading.Event
) -> None:
    """Runs the bot until `closing` is set. `blender` opens a client, in a session if one is named, that tries
    to connect again for so many seconds."""
    from .blender import Blender
    from .bot import Bot
    from .conversations import Conversations
    from .socket_mode import Connection, ConnectionOpener
    from .web_api import WebApi

    stopping = threading.Event()  # ends the waits for Slack; later than `closing`, so that last words get out
    api = WebApi(secrets, stopping)
    me = api.call("auth.test")
    conversations = Conversations(state_folder() / "slack")
    reconnecting, watched = (
        Blender(lambda session: blender(session, RECONNECT)),
        Blender(lambda _: blender(None, 0.0)),
    )
    bot = Bot(config, api, reconnecting, watched, conversations, str(me["user_id"]), stopping)
    connection = Connection(secrets.app, ConnectionOpener(api.client, closing), bot.on_envelope, bot.reply)
    try:
        bot.start()
        try:
            log.info("Blender is at %s", reconnecting.address())
        except TenonError as error:
            log.warning("%s", error.message)
        connection.open()
        log.info("%s serves the workspace %s; Ctrl+C ends it", me.get("user"), me.get("team"))
        while not closing.wait(1.0):  # without a limit, Windows would not hear Ctrl+C
            pass
    finally:
        closing.set()
        connection.close()
        bot.end()
        stopping.set()
        reconnecting.close()
        watched.close()


def check(arguments: argparse.Namespace) -> int:
    """Prints each thing that the bot needs, and whether it is there."""

    def slack() -> str:
        _need_slack_sdk()
        from .checks import slack

        return slack(tokens(os.environ))

    def file() -> str:
        path = config_file(arguments.config, System())
        config = read_config(path)
        return f"{path}: {len(config.people)} people, {len(config.channels)} channels"

    def blender() -> str:
        with _opener(arguments)(None, 0.0) as client:
            return f"Tenon {client.status()['version']} answers at {client.address}"

    found = [_found(name, look) for name, look in (("file", file), ("Slack", slack), ("Blender", blender))]
    return 0 if all(found) else 1


def _found(name: str, look: Callable[[], str]) -> bool:
    try:
        print(f"{name:<8} ok       {look()}")
    except TenonError as error:
        print(f"{name:<8} missing  {error.message}")
        return False
    return True


def _need_slack_sdk() -> None:
    try:
        import slack_sdk  # noqa: F401
    except ImportError:
        raise MissingPackage(INSTALL) from None


def _opener(arguments: argparse.Namespace) -> Callable[[str | None, float], Client]:
    """Which Blender is meant is found again each time: one that was restarted may have another port."""
    token = os.environ.get(TOKEN_VARIABLE)

    def opened(session: str | None, reconnect: float) -> Client:
        host, port, instance = arguments.host, arguments.port, arguments.instance
        return connect(host, port, token, session, instance, patience=PATIENCE, reconnect=reconnect)

    return opened


class RedactingFormatter(logging.Formatter):
    """Takes every token out of what is logged, tracebacks and what slack_sdk logs among it."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub("[token]", super().format(record))


def _log_to_stderr(verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger(f"{__name__}.socket_mode.client").setLevel(logging.INFO if verbose else logging.WARNING)
