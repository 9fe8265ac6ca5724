"""A small house in a garden: materials, a sun, a camera and a ball that jumps past it. Inside Blender.

In: nothing. Out: the scene in place of what was there; frames 1 to 48.
"""

import math

import bmesh
import bpy
from mathutils import Matrix

COLORS = {
    "Plaster": (0.85, 0.8, 0.7),
    "Tiles": (0.55, 0.12, 0.07),
    "Oak": (0.3, 0.15, 0.05),
    "Grass": (0.12, 0.35, 0.08),
    "Glass": (0.1, 0.25, 0.45),
    "Ball": (0.9, 0.5, 0.05),
}
JUMPS = {1: (-5, -5, 0.5), 12: (-2, -5, 2.5), 24: (1, -5, 0.5), 36: (3, -5, 1.8), 48: (5, -5, 0.5)}


def _material(name):
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*COLORS[name], 1)
    material.diffuse_color = (*COLORS[name], 1)
    return material


def _add(name, material, location, scale, build):
    mesh = bmesh.new()
    build(mesh)
    data = bpy.data.meshes.new(name)
    mesh.to_mesh(data)
    mesh.free()
    data.materials.append(bpy.data.materials.get(material) or _material(material))
    obj = bpy.data.objects.new(name, data)
    obj.location, obj.scale = location, scale
    bpy.context.scene.collection.objects.link(obj)
    return obj


def _cube(mesh):
    bmesh.ops.create_cube(mesh, size=1)


def _roof(mesh):
    bmesh.ops.create_cone(
        mesh, segments=4, radius1=0.75, radius2=0, depth=1, matrix=Matrix.Rotation(math.pi / 4, 4, "Z")
    )


def _ball(mesh):
    bmesh.ops.create_uvsphere(mesh, u_segments=16, v_segments=12, radius=0.5)


def build():
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    scene = bpy.context.scene
    _add("Ground", "Grass", (0, 0, -0.05), (20, 20, 0.1), _cube)
    _add("House", "Plaster", (0, 0, 1.5), (5, 4, 3), _cube)
    _add("Roof", "Tiles", (0, 0, 3.8), (6, 5, 1.6), _roof)
    _add("Door", "Oak", (0, -2, 0.9), (1, 0.12, 1.8), _cube)
    _add("Table", "Oak", (0, 0.5, 0.4), (1.2, 0.8, 0.8), _cube)  # inside
    for x in (-1.5, 1.5):
        _add("Window", "Glass", (x, -2, 1.8), (0.9, 0.1, 0.9), _cube)
    ball = _add("Ball", "Ball", JUMPS[1], (1, 1, 1), _ball)
    for frame, place in JUMPS.items():
        ball.location = place
        ball.keyframe_insert("location", frame=frame)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 3, (0.7, 0.2, 0.5)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (9, -13, 6), (math.radians(72), 0, math.radians(34))
    camera.data.lens = 35
    for obj in (sun, camera):
        scene.collection.objects.link(obj)
    scene.camera = camera
    scene.frame_start, scene.frame_end = 1, 48
    scene.frame_set(1)
    bpy.context.view_layer.update()
