"""What happens in Blender, followed through its handlers: undo steps, the scene, renders."""
