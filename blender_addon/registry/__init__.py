"""The table of commands, and JSON Schemas from type hints."""
