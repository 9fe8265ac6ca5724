"""The shapes of building elements: dimensions in, a `Solid` out. Pure Python without bpy."""
