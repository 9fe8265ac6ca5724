"""Looking at pictures that commands have written, and at what they must not change.

In: a path. Out: sizes and pixels in display colours; the state of the file that is open. Inside Blender.
"""

import bpy


class Picture:
    """A picture file, read by Blender."""

    def __init__(self, path):
        image = bpy.data.images.load(str(path))
        try:
            self.size = tuple(image.size)
            self._pixels = image.pixels[:]
        finally:
            bpy.data.images.remove(image)

    def at(self, x, y):
        """Red, green, blue, alpha at a point given in parts of the size, from the left and from the top."""
        width, height = self.size
        column, row = min(int(x * width), width - 1), min(int((1 - y) * height), height - 1)
        start = 4 * (row * width + column)
        return self._pixels[start : start + 4]


def state():
    """What a picture must leave as it was: the names of all data, and the settings of the scene."""
    told = {
        each.identifier: sorted(item.name for item in getattr(bpy.data, each.identifier))
        for each in bpy.types.BlendData.bl_rna.properties
        if each.type == "COLLECTION"
    }
    told["images"] = [name for name in told["images"] if name != "Render Result"]
    scene = bpy.context.scene
    parts = (scene, scene.render, scene.render.image_settings, scene.view_settings, scene.eevee, scene.cycles)
    for part in parts:
        for each in part.bl_rna.properties:
            # Reading Cycles' denoiser warns where there is none; `use_nodes` warns that it will go.
            plain = each.type in ("INT", "FLOAT", "BOOLEAN", "ENUM", "STRING")
            if plain and each.identifier not in ("denoiser", "use_nodes"):
                told[f"{part.bl_rna.identifier}.{each.identifier}"] = repr(getattr(part, each.identifier))
    told["camera"], told["world"] = (each and each.name for each in (scene.camera, scene.world))
    told["display"] = bpy.context.preferences.view.render_display_type
    return told
