"""What the user chose: defaults, limits, preferences and the environment."""
