"""Commands that exist for clients made for other bridges. Importing it enters them in the table."""

from . import blender_mcp_server, telemetry_stub  # noqa: F401
