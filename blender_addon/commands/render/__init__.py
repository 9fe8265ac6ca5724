"""Renders of the scene."""
