"""The version, the same for all of Tenon."""

__version__ = "0.1.0"
