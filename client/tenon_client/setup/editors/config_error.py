"""What both editors raise."""


class ConfigError(ValueError):
    """The file cannot be understood or changed; the message says why, and nothing was changed."""
