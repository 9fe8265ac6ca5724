"""The server under Blender's main loop: started, stopped, ticked and logged."""
