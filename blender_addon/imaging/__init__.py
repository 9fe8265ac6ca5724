"""Pictures of the scene: where they are taken from, how they are drawn, written and put together."""
