"""The scene: listed, summed up and compared."""
