"""A real Chromium without a window: open an address, run JavaScript in its page, get what it resolves to.

In: an address, an expression (a promise is waited for), a folder for the browser's profile; or several of the
first two, one after another. Out: the value.
Spoken to over its own debugging protocol (https://chromedevtools.github.io/devtools-protocol).
"""

import asyncio
import itertools
import re
import shutil
import subprocess

import aiohttp
import pytest

PATIENCE = 30.0
PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",  # a test may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]


def page(address, expression, folder):
    """What the expression comes to in the page at this address; an exception in it fails the test."""
    [value] = pages([(address, expression)], folder)
    return value


def pages(visits, folder):
    """The same for each (address, expression), in one tab, which keeps its cookies."""
    if PROGRAM is None:
        pytest.skip("a page needs a browser: apt-get install -y chromium")
    browser = subprocess.Popen(
        [PROGRAM, *QUIET, f"--user-data-dir={folder / 'profile'}", "about:blank"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in browser.stderr:
            if found := re.search(r"DevTools listening on ws://([\d.:]+)/", line):
                return asyncio.run(asyncio.wait_for(_visit(found[1], visits), PATIENCE))
        raise AssertionError("the browser ended before it could be spoken to")
    finally:
        browser.kill()
        browser.wait(PATIENCE)
        browser.stderr.close()


async def _visit(debugger, visits):
    numbers = itertools.count(1)
    values = []
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://{debugger}/json/list") as answer:
            [tab] = [tab for tab in await answer.json() if tab["type"] == "page"]
        async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as wire:

            async def ask(method, **parameters):
                number = next(numbers)
                await wire.send_json({"id": number, "method": method, "params": parameters})
                return await until(lambda said: said.get("id") == number)

            async def until(wanted):
                async for message in wire:
                    if wanted(said := message.json()):
                        assert "error" not in said, said
                        return said
                raise AssertionError("the browser closed the connection")

            await ask("Page.enable")
            for address, expression in visits:
                await ask("Page.navigate", url=address)
                await until(lambda said: said.get("method") == "Page.loadEventFired")
                said = await ask(
                    "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
                )
                assert "exceptionDetails" not in said["result"], said["result"]["exceptionDetails"]
                values.append(said["result"]["result"].get("value"))
    return values
