"""The protocol's own SDK for Python, 1.x or 2.x, behind one face: runs in an environment that holds either.

In: how to reach the server. Out: results as dicts, in the protocol's own names.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.metadata import version
from typing import Any

from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

PATIENCE = 30.0  # seconds
IS_FIRST = version("mcp").startswith("1.")


def transport(told: dict[str, Any]) -> Any:
    """Streams to the address, or to the program."""
    if "url" in told:
        if IS_FIRST:
            from mcp.client.streamable_http import streamable_http_client

            return streamable_http_client(told["url"])
        return told["url"]
    command, *arguments = told["command"]
    environment = {"PYTHONPATH": os.environ["PYTHONPATH"], **told.get("env", {})}
    return stdio_client(StdioServerParameters(command=command, args=arguments, env=environment))


class Connected:
    """One connection. `client` has the SDK's own methods, named alike in both."""

    def __init__(self, client: Any, greeting: dict[str, Any], heard: asyncio.Queue[Any]) -> None:
        self.client = client
        self.greeting = greeting
        self._heard = heard  # what the server says by itself

    async def updated(self, uri: str, change: Callable[[], Awaitable[object]]) -> str:
        """The resource that the server tells to have changed, after one was subscribed to."""
        if self.greeting["version"] == "2026-07-28":
            async with self.client.listen(resource_subscriptions=[uri]) as told:
                await change()
                async for event in told:
                    return str(event.uri)
        await self.client.subscribe_resource(uri)
        await change()
        while True:
            message = await asyncio.wait_for(self._heard.get(), PATIENCE)
            message = getattr(message, "root", message)
            if getattr(message, "method", "") == "notifications/resources/updated":
                return str(message.params.uri)

    async def call(self, tool: str, /, told: Any = None, **arguments: Any) -> dict[str, Any]:
        result = await self.client.call_tool(tool, arguments, progress_callback=told)
        return plain(result)

    async def complete(self, template: str, argument: str, typed: str) -> list[str]:
        from mcp.types import ResourceTemplateReference

        reference = ResourceTemplateReference(type="ref/resource", uri=template)
        result = await self.client.complete(reference, {"name": argument, "value": typed})
        return list(result.completion.values)


def plain(result: Any) -> dict[str, Any]:
    return dict(result.model_dump(by_alias=True, mode="json", exclude_none=True))


@contextlib.asynccontextmanager
async def connect(
    told: dict[str, Any], asked: Callable[..., Awaitable[Any]] | None = None
) -> AsyncIterator[Connected]:
    """`asked`: what answers the server's questions to the user (elicitation); without one it has none."""
    from mcp.types import Implementation

    heard: asyncio.Queue[Any] = asyncio.Queue()
    me = Implementation(name=told["name"], version="1") if "name" in told else None
    more = {"message_handler": heard.put, "elicitation_callback": asked, "client_info": me}
    if IS_FIRST:
        async with (
            transport(told) as streams,
            ClientSession(*streams[:2], **more) as session,
        ):
            greeted = await session.initialize()
            server = {"version": greeted.protocolVersion, "instructions": greeted.instructions}
            yield Connected(session, {**server, "name": greeted.serverInfo.name}, heard)
    else:
        from mcp.client.client import Client

        mode = told.get("mode", "auto")
        async with Client(transport(told), mode=mode, **more) as client:
            server = {"version": client.protocol_version, "instructions": client.instructions}
            yield Connected(client, {**server, "name": client.server_info.name}, heard)
