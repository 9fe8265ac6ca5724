"""Changing one entry in a configuration file that belongs to somebody else, as text: all the rest stays as it
is, formatting and comments too. A file that cannot be understood is never written.

`json_text` (JSON, with comments and trailing commas where there are some) and `toml_text` have the same three
functions: `read`, `put`, `take`. Pure.
"""


class Unreadable(ValueError):
    """The file is not what its name says; the message tells where, and nothing was changed."""
