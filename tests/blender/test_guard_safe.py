"""The policy *Safe* for code: what it refuses, and that what assistants ordinarily write passes and runs.

The tables are held against the RNA of the Blender that runs the test.
"""

import builtins
import collections
import contextlib
import datetime
import functools
import io
import json
import random
import re
import statistics
import string
import time
import types

import bmesh
import bpy
import mathutils
import pytest
from tenon.commands.code import safe_code, safe_tables
from tenon.errors import CommandError

PATHS = safe_tables.PATH_SUBTYPES

# What gets at files, processes, settings or Python itself, by what the refusal names.
ESCAPES = [
    # imports
    ("import os", "os"),
    ("import os.path as p", "os.path"),
    ("import math, subprocess", "subprocess"),
    ("from os import system", "os"),
    ("from math import *", "math.*"),
    ("from . import execute", "."),
    ("def f():\n    import shutil", "shutil"),
    ("from random import _os", "random._os"),
    ("from statistics import sys", "statistics.sys"),
    ("from enum import bltns", "enum.bltns"),
    ("import enum as e\ne.sys.modules", "enum.sys"),
    ("import typing\ntyping.sys", "typing.sys"),
    ("import random\nr = random\nr._os.system('id')", "random._os"),
    ("import random\nfor r in [random]: r._os", "random"),
    ("import json\njson.decoder.scanner", "json.decoder"),
    ("import json\nf = json.load", "json.load"),
    ("from typing import get_type_hints", "typing.get_type_hints"),
    ("from functools import update_wrapper", "functools.update_wrapper"),
    ("import functools\n@functools.singledispatch\ndef f(x): pass", "functools.singledispatch"),
    ("from string import Formatter", "string.Formatter"),
    ("import string\nstring.Formatter().format('{0.x}', 1)", "format"),
    ("import time\nif 1:\n    import math as time", "time"),
    ("import math\nmath.sin = print", "math.sin"),
    # builtins
    ("open('/etc/passwd')", "open"),
    ("f = open", "open"),
    ("exec('1')", "exec"),
    ("eval('1')", "eval"),
    ("map(eval, ['1'])", "eval"),
    ("compile('1', '', 'eval')", "compile"),
    ("__import__('os')", "__import__"),
    ("__builtins__", "__builtins__"),
    ("__loader__", "__loader__"),
    ("globals()['x']", "globals"),
    ("vars()", "vars"),
    ("locals()", "locals"),
    ("input()", "input"),
    ("breakpoint()", "breakpoint"),
    ("\uff4fpen('x')", "open"),
    ("\U0001d41e\U0001d431\U0001d41e\U0001d41c('1')", "exec"),
    ("try:\n    1\nexcept Exception as open:\n    pass", "open"),
    ("def isinstance(a, b): return b", "isinstance"),
    ("(getattr := 1)", "getattr"),
    ("def f():\n    global exec", "exec"),
    ("lambda dir: 1", "dir"),
    ("getattr(bpy, 'op' + 's')", "getattr"),
    ("getattr(1, '__class__')", "__class__"),
    ("getattr(1, '_\uff3fclass_\uff3f')", "__class__"),
    ("g = getattr", "getattr"),
    ("getattr(*[1, '__class__'])", "getattr"),
    ("setattr(bpy.context.scene.render, 'filepath', '/tmp/x')", "filepath"),
    ("hasattr(1, '__class__')", "__class__"),
    ("type('A', (), {})", "type"),
    ("t = type", "type"),
    ("super(int, 1)", "super"),
    # attributes into Python
    ("().__class__", "__class__"),
    ("().__class__.__base__.__subclasses__()", "__class__"),
    ("(lambda: 0).__globals__", "__globals__"),
    ("print.__self__", "__self__"),
    ("(x for x in ()).gi_frame", "gi_frame"),
    ("try:\n    1 / 0\nexcept Exception as e:\n    e.__traceback__.tb_frame", "__traceback__"),
    (
        "class C:\n    def __enter__(self): pass\n    def __exit__(self, t, v, b): b.tb_frame.f_back\n"
        "with C(): 1 / 0",
        "tb_frame",
    ),
    ("match 1:\n    case int(__class__=c): pass", "__class__"),
    ("match (x for x in ()):\n    case object(gi_frame=f): pass", "gi_frame"),
    ("class A:\n    __match_args__ = ('__class__',)", "__match_args__"),
    ("class A:\n    gi_frame = 1\n(x for x in ()).gi_frame", "gi_frame"),
    ("class A:\n    def __getattr__(self, n): pass", "__getattr__"),
    ("class A:\n    def __del__(self): pass", "__del__"),
    ("class A(metaclass=type): pass", "A"),
    ("type(1).mro()", "mro"),
    ("[].sort.__self__.__class__", "__self__"),
    ("for ().__class__ in []: pass", "__class__"),
    ("[0 for a.__dict__ in []]", "__dict__"),
    ("x: ().__class__ = 1", "__class__"),
    ("def f(a=().__class__): pass", "__class__"),
    ("@(lambda f: f.__globals__)\ndef g(): pass", "__globals__"),
    ("print(f'{().__class__}')", "__class__"),
    ("'{0.__class__}'.format(1)", "format"),
    ("'{0[x]}'.format({})", "format"),
    ("'{:{0.x}}'.format(1)", "format"),
    ("s = '{0.__class__}'\ns.format(1)", "format"),
    ("str.format('{0.__class__}', 1)", "format"),
    ("f = ('{0.' + '__class__}').format", "format"),
    ("getattr('{0.__class__}', 'format')(1)", "format"),
    ("'{a.b}'.format_map({})", "format_map"),
    ("async def f(): await g()", "AsyncFunctionDef"),
    # Blender: modules and types
    ("b = [bpy]", "bpy"),
    ("print(bpy)", "bpy"),
    ("bpy.utils.register_class(C)", "bpy.utils"),
    ("from bpy import utils", "bpy.utils"),
    ("import bpy.utils", "bpy.utils"),
    ("from bpy.props import StringProperty", "bpy.props"),
    ("bpy.types.Scene.x = bpy.props.IntProperty()", "bpy.types.Scene"),
    ("class O(bpy.types.Operator): pass", "bpy.types.Operator"),
    ("T = bpy.types.Operator\nclass O(T): pass", "bpy.types.Operator"),
    ("from bpy.types import Operator\nclass O(Operator): pass", "bpy.types.Operator"),
    ("bpy.types.WM_OT_url_open.execute(None, None)", "bpy.types.WM_OT_url_open"),
    ("isinstance(1, (T := bpy.types.Operator))", "bpy.types.Operator"),
    ("x: d[bpy.types.Operator]", "bpy.types.Operator"),
    ("x: 1 + bpy.types.Operator", "bpy.types.Operator"),
    ("mine == bpy.types.Operator", "bpy.types.Operator"),
    ("bpy.types.SpaceView3D.draw_handler_add(f, (), 'WINDOW', 'POST_PIXEL')", "bpy.types.SpaceView3D"),
    ("bpy.app.handlers.save_post.append(f)", "bpy.app.handlers"),
    ("from bpy.app.handlers import persistent", "bpy.app.handlers"),
    ("bpy.app.timers.register(f)", "bpy.app.timers"),
    ("bpy.app.driver_namespace['f'] = f", "bpy.app.driver_namespace"),
    ("bpy.app.binary_path", "bpy.app.binary_path"),
    ("bpy.msgbus.publish_rna()", "bpy.msgbus"),
    ("bpy.path.os.system('id')", "bpy.path.os"),
    # Blender: operators
    ("bpy.ops.wm.save_as_mainfile(filepath='/tmp/x.blend')", "bpy.ops.wm.save_as_mainfile"),
    ("bpy.ops.wm.open_mainfile(filepath='x')", "bpy.ops.wm.open_mainfile"),
    ("bpy.ops.wm.quit_blender()", "bpy.ops.wm.quit_blender"),
    ("bpy.ops.wm.url_open(url='http://localhost')", "bpy.ops.wm.url_open"),
    ("bpy.ops.wm.context_set_string(data_path='a', value='b')", "bpy.ops.wm.context_set_string"),
    ("o = bpy.ops\no.wm.quit_blender()", "bpy.ops.wm.quit_blender"),
    ("w = bpy.ops.wm\nw.quit_blender()", "bpy.ops.wm.quit_blender"),
    ("from bpy import ops as o\no.text.run_script()", "bpy.ops.text"),
    ("o = [bpy.ops][0]", "bpy.ops"),
    ("o = bpy.ops\no = 1", "bpy.ops"),
    ("(o := bpy.ops)", "bpy.ops"),
    ("getattr(bpy.ops.wm, 'quit_blender')()", "bpy.ops.wm.quit_blender"),
    ("getattr(bpy.ops, 'script')", "bpy.ops.script"),
    ("match bpy.ops:\n    case o: pass", "bpy.ops"),
    ("bpy.ops.console.execute()", "bpy.ops.console"),
    ("bpy.ops.preferences.addon_install(filepath='x')", "bpy.ops.preferences"),
    ("bpy.ops.export_scene.gltf(filepath='x')", "bpy.ops.export_scene"),
    ("bpy.ops.import_scene.fbx(filepath='x')", "bpy.ops.import_scene"),
    ("bpy.ops.render.render(write_still=True)", "bpy.ops.render"),
    ("bpy.ops.image.save_as(filepath='x')", "bpy.ops.image.save_as"),
    ("bpy.ops.object.bake(save_mode='EXTERNAL', filepath='x')", "bpy.ops.object.bake"),
    ("bpy.ops.object.volume_import(filepath='x')", "bpy.ops.object.volume_import"),
    ("bpy.ops.anim.keying_set_export(filepath='x')", "bpy.ops.anim.keying_set_export"),
    ("bpy.ops.scene.freestyle_module_open(filepath='x')", "bpy.ops.scene.freestyle_module_open"),
    ("bpy.ops.fluid.bake_all()", "bpy.ops.fluid"),
    ("bpy.ops.screen.screenshot(filepath='x')", "bpy.ops.screen.screenshot"),
    ("bpy.ops.file.pack_all()", "bpy.ops.file"),
    # Blender: data
    ("bpy.context.scene.render.filepath = '/tmp/x'", "filepath"),
    ("r = bpy.context.scene.render\nr.filepath += 'x'", "filepath"),
    ("for bpy.context.scene.render.filepath in ['/tmp/x']: pass", "filepath"),
    ("a, b.filepath_raw = 1, '/tmp/x'", "filepath_raw"),
    ("with c as i.filepath: pass", "filepath"),
    ("f(filepath='/tmp/x')", "filepath="),
    ("bpy.data.images.load('/tmp/x.png')", "load"),
    ("load = bpy.data.images.load", "load"),
    ("bpy.data.sounds.load('x')", "load"),
    ("bpy.data.images[0].save()", "save"),
    ("bpy.data.images[0].save_render('x')", "save_render"),
    ("bpy.data.images[0].pack()", "pack"),
    ("with bpy.data.libraries.load('x') as (a, b): pass", "load"),
    ("bpy.data.libraries.write('x', set())", "write"),
    ("bpy.data.texts[0].as_module()", "as_module"),
    ("bpy.data.texts[0].use_module = True", "use_module"),
    ("d = o.driver_add('location', 0)\nd.driver.expression = 'x'", "expression"),
    ("setattr(d.driver, 'expression', 'x')", "expression"),
    ("node.script = bpy.data.texts[0]", "script"),
    ("bpy.context.window_manager.keyconfigs.user", "keyconfigs"),
    ("bpy.context.window_manager.clipboard", "clipboard"),
    ("bpy.context.preferences.filepaths", "preferences"),
    ("bpy.data.file_path_foreach(lambda b, p, m: '/x')", "file_path_foreach"),
    ("bpy.data.temp_data(filepath='x')", "temp_data"),
    ("depsgraph.debug_stats_gnuplot('a', 'b')", "debug_stats_gnuplot"),
    ("tree.nodes.new('GeometryNodeImportText')", "GeometryNodeImportText"),
    ("bpy.data.sounds[0].factory.write('x')", "factory"),
    ("image.gl_load()", "gl_load"),
    ("modifier.point_cache.use_disk_cache = True", "use_disk_cache"),
    # found by attacking it
    ("bpy.ops.node.add_node(settings=[{'name': 'label', 'value': '1'}])", "bpy.ops.node.add_node"),
    ("bpy.ops.node.swap_node(type='X')", "bpy.ops.node.swap_node"),
    (
        "bpy.ops.anim.update_animated_transform_constraints()",
        "bpy.ops.anim.update_animated_transform_constraints",
    ),
    ("scene.sequence_editor.strips.new_sound('x', '/etc/passwd', 1, 1)", "new_sound"),
    ("scene.sequence_editor.strips.new_image('x', '/etc/passwd', 1, 1)", "new_image"),
    ("domain.export_manta_script = True", "export_manta_script"),
    ("bpy.context.path_resolve('window_manager.clipboard')", "clipboard"),
    ("bpy.context.path_resolve('pre' + 'ferences')", "path_resolve"),
    ("r = bpy.context.path_resolve", "path_resolve"),
    ("getattr(bpy.context, 'path_resolve')('preferences')", "path_resolve"),
    ("class A:\n    filepaths = 1\nx.filepaths", "filepaths"),
    ("class A:\n    addons = 1\nx.addons.new()", "addons"),
    ("class A:\n    _os = 1\n    def f(self): self._os", "_os"),
    ("if 0:\n    import bmesh as bpy\nbpy.ops", "bpy"),
    ("def f(bpy): pass", "bpy"),
    ("try:\n    math.nothing\nexcept AttributeError as e: e.obj", "math.nothing"),
    ("class A: pass\ndef f(A):\n    class B(A): pass", "B"),
    ("type(bpy.context.scene).name = 1", "name"),
    ("T = type(bpy.context.scene)\nT.name = 1", "type"),
    ("for T in [type(bpy.context.scene)]: T.name = 1", "type"),
    ("def str(x): return x\nstr(type(bpy.context.scene)).name = 1", "type"),
    ("bpy.context.copy()", "context.copy"),
    ("C = bpy.context\nC.copy()['screen']", "context.copy"),
    ("from bpy import context as c\nc.copy()", "context.copy"),
    ("def f(context): return context.copy()", "context.copy"),
    ("d['preferences'].system.audio_channels = 'MONO'", "preferences"),
    ("tree.nodes.new('GeometryNode' + 'ImportText')", "ImportText"),
    ("tree.nodes.new('%s%s' % ('GeometryNodeImport', 'CSV'))", "GeometryNodeImport"),
    ("tree.nodes.new(f'Shader{\"NodeScript\"}')", "NodeScript"),
    ("class A:\n    ops = bpy.ops\n    wm = quit_blender = 1\nA.ops.wm.quit_blender()", "bpy.ops"),
    ("class A:\n    if 1:\n        ops = bpy.ops\nA.ops", "bpy.ops"),
    ("class A:\n    from bpy import ops as data\nA.data", "import"),
    ("class A:\n    import enum as data\nA.data", "import"),
    ("scene.render.views[0].file_suffix = '/x'", "file_suffix"),
    ("try:\n    isinstance(1, bpy.types.Nothing)\nexcept AttributeError as e: e.obj", "bpy.types.Nothing"),
    ("bpy.ops.ptcache.free_bake_all()", "bpy.ops.ptcache"),
    ("scene.keying_sets_all[0].type_info.poll(None)", "type_info"),
    ("space.shading.cycles.prefs.view", "prefs"),
    ("bpy.context.workspace.status_text_set(lambda *_: 1)", "status_text_set"),
    ("class A:\n    def f(self): return self.filepaths\n    filepaths = 2", "filepaths"),
    ("wm.operator_properties_last('wm.url_open')", "operator_properties_last"),
]


@pytest.mark.parametrize(("source", "found"), ESCAPES, ids=[source[:50] for source, _ in ESCAPES])
def test_an_escape_is_refused(source, found):
    with pytest.raises(CommandError) as caught:
        safe_code.check(source)
    error = caught.value
    assert error.code == "blocked"
    line = error.data["line"]
    assert 1 <= line <= source.count("\n") + 1
    assert error.data["found"] == found
    assert error.message.startswith(f"Line {line}: ")
    assert "*Python Code* to *Ask* or *On*" in error.message


# What an assistant writes on an ordinary day. Each runs in Blender's start-up file.
ORDINARY = [
    "print([o.name for o in bpy.data.objects])",
    "import bpy\nprint(bpy.context.scene.name, bpy.app.version_string, bpy.data.filepath)",
    "import bpy\nbpy.ops.mesh.primitive_cube_add(size=2, location=(0, 0, 1))\nbpy.context.object.name = 'A'",
    "import bpy\nbpy.ops.object.select_all(action='SELECT')\nbpy.ops.object.delete(use_global=False)",
    "for o in list(bpy.data.objects):\n    bpy.data.objects.remove(o, do_unlink=True)",
    """
import bpy, math
for i in range(12):
    a = i / 12 * math.tau
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.2, location=(math.cos(a), math.sin(a), 0))
    bpy.ops.object.shade_smooth()
""",
    """
mat = bpy.data.materials.new("Gold")
mat.use_nodes = True
bsdf = mat.node_tree.nodes["Principled BSDF"]
bsdf.inputs["Base Color"].default_value = (1.0, 0.8, 0.3, 1)
bsdf.inputs["Metallic"].default_value = 1.0
cube = bpy.data.objects["Cube"]
if cube.data.materials:
    cube.data.materials[0] = mat
else:
    cube.data.materials.append(mat)
""",
    """
nodes = bpy.data.materials["Material"].node_tree.nodes
links = bpy.data.materials["Material"].node_tree.links
noise = nodes.new("ShaderNodeTexNoise")
noise.location = (-600, 0)
ramp = nodes.new(type="ShaderNodeValToRGB")
ramp.color_ramp.elements[0].position = 0.3
links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
links.new(ramp.outputs[0], nodes["Principled BSDF"].inputs[0])
""",
    """
import bmesh
from mathutils import Vector, Matrix
mesh = bpy.data.meshes.new("Pyramid")
bm = bmesh.new()
base = [bm.verts.new(Vector(v)) for v in ((-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0))]
top = bm.verts.new((0, 0, 2))
bm.faces.new(base)
for i in range(4):
    bm.faces.new((base[i], base[(i + 1) % 4], top))
bmesh.ops.recalc_face_normals(bm, faces=bm.faces)
bmesh.ops.transform(bm, matrix=Matrix.Translation((0, 0, 1)), verts=bm.verts[:])
bm.normal_update()
bm.to_mesh(mesh)
bm.free()
obj = bpy.data.objects.new("Pyramid", mesh)
bpy.context.collection.objects.link(obj)
""",
    """
verts = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
mesh = bpy.data.meshes.new("Plane")
mesh.from_pydata(verts, [], [(0, 1, 2, 3)])
mesh.update(calc_edges=True)
mesh.validate()
ob = bpy.data.objects.new("Plane", mesh)
bpy.context.scene.collection.objects.link(ob)
""",
    """
cube = bpy.data.objects["Cube"]
cube.location = (0, 0, 0)
cube.keyframe_insert(data_path="location", frame=1)
cube.location.z = 3
cube.keyframe_insert("location", frame=50, index=2)
""",
    """
cube = bpy.data.objects["Cube"]
mod = cube.modifiers.new("Bevel", 'BEVEL')
mod.width = 0.1
mod.segments = 3
sub = cube.modifiers.new(name="Subdivision", type="SUBSURF")
sub.levels = sub.render_levels = 2
bpy.context.view_layer.objects.active = cube
bpy.ops.object.modifier_apply(modifier=mod.name)
""",
    """
bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
bpy.ops.object.mode_set(mode='EDIT')
bpy.ops.mesh.select_all(action='SELECT')
bpy.ops.mesh.subdivide(number_cuts=3)
bpy.ops.uv.smart_project(angle_limit=1.15)
bpy.ops.object.mode_set(mode='OBJECT')
""",
    """
scene = bpy.context.scene
scene.render.engine = 'CYCLES'
scene.cycles.samples = 64
scene.cycles.use_denoising = True
scene.render.resolution_x, scene.render.resolution_y = 1920, 1080
scene.render.image_settings.file_format = 'PNG'
scene.frame_start, scene.frame_end = 1, 120
scene.render.fps = 24
scene.frame_set(10)
""",
    """
cam = bpy.data.cameras.new("Cam")
cam.lens = 35
ob = bpy.data.objects.new("Cam", cam)
bpy.context.scene.collection.objects.link(ob)
ob.location = (7, -7, 5)
direction = mathutils.Vector((0, 0, 0)) - ob.location
ob.rotation_euler = direction.to_track_quat('-Z', 'Y').to_euler()
bpy.context.scene.camera = ob
""",
    """
from math import radians
light = bpy.data.lights.new(name="Key", type='AREA')
light.energy = 500
light.color = (1, 0.9, 0.8)
light.size = 2
ob = bpy.data.objects.new("Key", light)
bpy.context.collection.objects.link(ob)
ob.rotation_euler = (radians(45), 0, radians(30))
""",
    """
world = bpy.context.scene.world or bpy.data.worlds.new("World")
bpy.context.scene.world = world
world.use_nodes = True
bg = world.node_tree.nodes.get("Background")
if bg is not None:
    bg.inputs[0].default_value = (0.05, 0.05, 0.1, 1)
    bg.inputs["Strength"].default_value = 0.5
""",
    """
coll = bpy.data.collections.new("Props")
bpy.context.scene.collection.children.link(coll)
for ob in bpy.context.selected_objects:
    for c in ob.users_collection:
        c.objects.unlink(ob)
    coll.objects.link(ob)
""",
    """
import json
result = {o.name: {"type": o.type, "loc": list(o.location), "dims": [round(d, 3) for d in o.dimensions]}
          for o in bpy.context.scene.objects}
print(json.dumps(result, indent=2))
""",
    """
import random
random.seed(42)
for ob in bpy.data.objects:
    if ob.type == 'MESH':
        ob.location += mathutils.Vector((random.uniform(-1, 1), random.gauss(0, 1), 0))
        ob.scale = (random.random() + 0.5,) * 3
""",
    """
def make_material(name: str, color: tuple[float, float, float, float]) -> bpy.types.Material:
    mat = bpy.data.materials.get(name) or bpy.data.materials.new(name)
    mat.diffuse_color = color
    return mat

for n, c in {"Red": (1, 0, 0, 1), "Blue": (0, 0, 1, 1)}.items():
    print(make_material(n, c).name)
""",
    """
try:
    bpy.data.objects["Nothing"]
except KeyError as error:
    print(f"{type(error).__name__}: {error}")
finally:
    print("done")
""",
    """
for ob in bpy.data.objects:
    if isinstance(ob.data, bpy.types.Mesh):
        print(ob.name, len(ob.data.vertices), len(ob.data.polygons), sep=", ")
    elif isinstance(ob.data, (bpy.types.Camera, bpy.types.Light)) or type(ob.data) is bpy.types.Curve:
        print("%s is no mesh" % ob.name)
""",
    """
curve = bpy.data.curves.new("Path", type='CURVE')
curve.dimensions = '3D'
spline = curve.splines.new('BEZIER')
spline.bezier_points.add(2)
for i, p in enumerate(spline.bezier_points):
    p.co = (i, i % 2, 0)
    p.handle_left_type = p.handle_right_type = 'AUTO'
curve.bevel_depth = 0.05
bpy.context.collection.objects.link(bpy.data.objects.new("Path", curve))
""",
    """
bpy.ops.object.text_add(location=(0, 0, 2))
text = bpy.context.object
text.data.body = "Hello"
text.data.extrude = 0.05
text.data.align_x = 'CENTER'
""",
    """
bpy.ops.object.armature_add(enter_editmode=True)
arm = bpy.context.object.data
root = arm.edit_bones[0]
child = arm.edit_bones.new("Child")
child.head, child.tail = root.tail, root.tail + mathutils.Vector((0, 0, 1))
child.parent = root
bpy.ops.object.mode_set(mode='POSE')
bpy.context.object.pose.bones["Child"].rotation_mode = 'XYZ'
bpy.ops.object.mode_set(mode='OBJECT')
""",
    """
tree = bpy.data.node_groups.new("Scatter", 'GeometryNodeTree')
tree.interface.new_socket("Geometry", in_out='INPUT', socket_type='NodeSocketGeometry')
tree.interface.new_socket("Geometry", in_out='OUTPUT', socket_type='NodeSocketGeometry')
gin, gout = tree.nodes.new('NodeGroupInput'), tree.nodes.new('NodeGroupOutput')
tree.links.new(gin.outputs[0], gout.inputs[0])
mod = bpy.data.objects["Cube"].modifiers.new("GN", 'NODES')
mod.node_group = tree
""",
    """
from dataclasses import dataclass
""".replace("from dataclasses import dataclass", "from collections import defaultdict, Counter")
    + """
by_type = defaultdict(list)
for o in bpy.data.objects:
    by_type[o.type].append(o.name)
print(dict(by_type), Counter(o.type for o in bpy.data.objects).most_common(1))
""",
    """
class Tower:
    \"\"\"A tower of cubes.\"\"\"

    def __init__(self, levels, step=1.0):
        self.levels, self._step = levels, step
        self.built = []

    @property
    def top(self):
        return self.levels * self._step

    def build(self):
        for level in range(self.levels):
            bpy.ops.mesh.primitive_cube_add(size=self._step, location=(0, 0, level * self._step))
            self.built.append(bpy.context.active_object)
        return self

tower = Tower(3).build()
print(tower.top, [o.name for o in tower.built])
""",
    """
from enum import Enum
from typing import NamedTuple, Optional
from collections import namedtuple

class Side(Enum):
    LEFT = 1
    RIGHT = 2

class Spot(NamedTuple):
    height: float
    owner: Optional[bpy.types.Object] = None

Plot = namedtuple("Plot", "easting northing")
print(Side.LEFT.name, Spot(2.0).height, Plot(1, 2).northing, [s.value for s in Side])
""",
    """
import functools, itertools
grid = list(itertools.product(range(3), repeat=2))

@functools.lru_cache(maxsize=None)
def height(x, y):
    return x * y

for x, y in grid:
    bpy.data.objects.new("Cell", None).location = (x, y, height(x, y))
print(functools.reduce(lambda a, b: a + b, (height(*g) for g in grid)))
""",
    """
import colorsys
for i in range(5):
    rgb = colorsys.hsv_to_rgb(i / 5, 0.8, 1.0)
    bpy.data.materials.new("Hue {:02d}".format(i)).diffuse_color = (*rgb, 1)
""",
    """
import time, datetime, statistics, re, string
start = time.perf_counter()
print(datetime.datetime.now().isoformat(), statistics.mean([1, 2, 3]))
print(re.sub(r"\\.\\d+$", "", "Cube.001"), string.ascii_uppercase[:3])
print(f"{time.perf_counter() - start:.2f} s")
""",
    """
match bpy.context.mode:
    case 'OBJECT' | 'SCULPT' as mode:
        print(mode)
    case other:
        print("no", other)
if (cube := bpy.data.objects.get("Cube")) and cube.type == 'MESH':
    cube.hide_set(False)
    cube.select_set(True)
""",
    """
cube = bpy.data.objects["Cube"]
cube["tag"] = "hero"
print(cube.get("tag"), "tag" in cube, list(cube.keys()), hasattr(cube, "location"))
print(getattr(cube, "name"), getattr(cube.data, "name", None))
setattr(cube, "show_name", True)
""",
    """
depsgraph = bpy.context.evaluated_depsgraph_get()
ob = bpy.data.objects["Cube"].evaluated_get(depsgraph)
mesh = ob.to_mesh()
print(sum(p.area for p in mesh.polygons), [tuple(ob.matrix_world @ v.co) for v in mesh.vertices][:1])
ob.to_mesh_clear()
""",
    """
import numpy
""".replace("import numpy\n", "")
    + """
image = bpy.data.images.new("Checker", 8, 8)
pixels = []
for y in range(8):
    for x in range(8):
        v = float((x + y) % 2)
        pixels.extend((v, v, v, 1.0))
image.pixels.foreach_set(pixels)
image.update()
tex = bpy.data.materials["Material"].node_tree.nodes.new("ShaderNodeTexImage")
tex.image = image
""",
    """
D, C = bpy.data, bpy.context
ops = bpy.ops
ops.mesh.primitive_torus_add(major_radius=2)
print(C.object.name, len(D.meshes), ops.object.mode_set.poll())
""",
    """
from bpy import ops, context
import bpy.types as T
ops.mesh.primitive_cone_add()
print(isinstance(context.object, T.Object))
""",
    """
cube, cam = bpy.data.objects["Cube"], bpy.data.objects["Camera"]
track = cam.constraints.new(type='TRACK_TO')
track.target = cube
track.track_axis, track.up_axis = 'TRACK_NEGATIVE_Z', 'UP_Y'
cam.parent = cube
cam.matrix_parent_inverse = cube.matrix_world.inverted()
""",
    """
cube = bpy.data.objects["Cube"]
cube.shape_key_add(name="Basis")
key = cube.shape_key_add(name="Tall")
for point in key.data:
    point.co.z *= 2
key.value = 0.5
group = cube.vertex_groups.new(name="Top")
group.add([v.index for v in cube.data.vertices if v.co.z > 0], 1.0, 'REPLACE')
""",
    """
cube = bpy.data.objects["Cube"]
bpy.context.view_layer.objects.active = cube
with bpy.context.temp_override(active_object=cube, selected_objects=[cube]):
    bpy.ops.object.origin_set(type='ORIGIN_GEOMETRY')
bpy.ops.object.transform_apply(location=True, rotation=True, scale=True)
bpy.ops.rigidbody.object_add(type='ACTIVE')
cube.rigid_body.mass = 2
""",
    """
def copies(ob, count):
    for _ in range(count):
        new = ob.copy()
        new.data = ob.data.copy()
        yield new

for at, new in enumerate(copies(bpy.data.objects["Cube"], 3)):
    new.location.x = 3 * at
    bpy.context.collection.objects.link(new)
bpy.ops.outliner.orphans_purge(do_recursive=True)
""",
    """
props = bpy.types.SubsurfModifier.bl_rna.properties
print([item.identifier for item in props["subdivision_type"].enum_items])
print([name for name in dir(bpy.ops.mesh) if name.startswith("primitive_")])
print(hasattr(bpy.types, "GreasePencil"), bpy.app.version >= (4, 2, 0))
""",
    """
def main():
    scene = bpy.context.scene
    assert scene is not None, "no scene"
    if not scene.objects:
        raise RuntimeError("nothing here")
    progress(0.5, "half way")
    print(sorted(scene.objects, key=lambda o: o.name.lower())[0].name)

if __name__ == "__main__":
    main()
""",
    """
drv = bpy.data.objects["Cube"].driver_add("location", 2).driver
drv.type = 'AVERAGE'
var = drv.variables.new()
var.targets[0].id = bpy.data.objects["Camera"]
var.targets[0].data_path = "location.x"
""",
]


@pytest.mark.parametrize("source", ORDINARY, ids=[source.strip()[:40] for source in ORDINARY])
def test_ordinary_code_passes_and_runs(source, default_file):
    from tenon.commands.code.execute import fresh_namespace

    safe_code.check(source)
    namespace = {**fresh_namespace(), "mathutils": __import__("mathutils"), "progress": lambda *_: None}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<safe>", "exec"), namespace)
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")


def test_there_are_enough_of_both():
    assert len(ESCAPES) >= 80 and len({source for source, _ in ESCAPES}) == len(ESCAPES)
    assert len(ORDINARY) >= 40 and len(set(ORDINARY)) == len(ORDINARY)


# ---- the tables and the RNA ----


def _path_properties(rna):
    return {p.identifier for p in rna.properties if p.type == "STRING" and p.subtype in PATHS}


def _blender_types():
    for name in dir(bpy.types):
        rna = getattr(getattr(bpy.types, name, None), "bl_rna", None)
        if rna is not None:
            yield name, rna


def test_no_path_property_of_the_rna_is_missing_in_the_tables():
    named = safe_tables.REFUSED_ASSIGNMENTS | safe_tables.RNA_PATHS_LEFT.keys()
    found = {}
    for name, rna in _blender_types():
        for identifier in _path_properties(rna) - named:
            found.setdefault(identifier, []).append(name)
    for module in dir(bpy.ops):
        for name in dir(getattr(bpy.ops, module)):
            operator = getattr(getattr(bpy.ops, module), name)
            for identifier in _path_properties(operator.get_rna_type()) - named:
                found.setdefault(identifier, []).append(f"{module}.{name}")
    assert found == {}


def test_no_function_of_the_rna_that_takes_a_path_is_missing():
    found = {
        function.identifier: name
        for name, rna in _blender_types()
        for function in rna.functions
        for parameter in function.parameters
        if parameter.type == "STRING" and parameter.subtype in PATHS and not parameter.is_output
    }
    assert found.keys() <= safe_tables.REFUSED_ATTRIBUTES, found
    assert {"load", "save", "save_render"} <= found.keys()  # the walk finds what it looks for
    telling = {"filepath", "filename", "directory", "custom_directory", "path", "remote_url"}
    others = {
        function.identifier
        for name, rna in _blender_types()
        for function in rna.functions
        if function.identifier != "find"
        for parameter in function.parameters
        if parameter.type == "STRING" and not parameter.is_output and parameter.identifier in telling
    }
    assert others <= safe_tables.REFUSED_ATTRIBUTES | safe_tables.RNA_FILE_FUNCTIONS_LEFT.keys()
    assert "new_sound" in others


def test_no_operator_that_is_allowed_evaluates_text():
    """Those that add nodes take `settings`, whose values they hand to `eval`."""
    takes = {
        f"{module}.{name}"
        for module in dir(bpy.ops)
        for name in dir(getattr(bpy.ops, module))
        if "settings" in getattr(getattr(bpy.ops, module), name).get_rna_type().properties
    }
    allowed = {name for name in takes if safe_code._is_listed(*name.split("."))}
    assert "node.add_node" in takes and allowed == set()


NAMED_BEFORE = [
    ("o", bpy.ops, "w = o.wm\nw.quit_blender()", "bpy.ops.wm.quit_blender"),
    ("o", bpy.ops, "if 0:\n    o = bpy.ops.mesh\no.wm", "bpy.ops.mesh"),
    ("m", bpy.ops.mesh, "x = [m]", "bpy.ops.mesh"),
    ("m", bpy.ops.wm, "m.quit_blender()", "bpy.ops.wm.quit_blender"),
    ("r", random, "[r]", "random"),
    ("b", builtins, "b.open", "open"),
    ("b", builtins, "b.name", "builtins"),
    ("t", bpy.types, "t.Operator", "bpy.types.Operator"),
]


@pytest.mark.parametrize(("name", "value", "source", "found"), NAMED_BEFORE)
def test_a_module_that_an_earlier_call_gave_a_name(name, value, source, found):
    with pytest.raises(CommandError) as caught:
        safe_code.check(source, {name: value})
    assert caught.value.data["found"] == found
    safe_code.check(f"{name} = 1\nprint(2)" if value is not builtins else "print(2)", {name: value})


def test_no_operator_that_is_allowed_takes_a_path():
    """Nor a list of files or a file dialog's filter, which tell of one that asks for a path."""
    bad, allowed = [], 0
    for module in dir(bpy.ops):
        for name in dir(getattr(bpy.ops, module)):
            if not safe_code._is_listed(module, name):
                continue
            allowed += 1
            rna = getattr(getattr(bpy.ops, module), name).get_rna_type()
            telling = {"filepath", "directory", "files", "filename", "filter_glob", "relative_path"}
            if _path_properties(rna) or telling & set(rna.properties.keys()):
                bad.append(f"{module}.{name}")
    assert bad == []
    assert allowed > 1000


def test_every_operator_that_the_tables_name_is_one_of_blender_now_or_before():
    """So that a slip of the pen does not let one through."""
    gone = {  # of other versions than 5.0
        *("graph.sound_bake", "node.add_file", "object.drop_named_image", "object.gpencil_add"),
        *("object.lineart_bake_strokes_all", "object.load_background_image", "object.load_reference_image"),
        *("view3d.background_image_add", "view3d.background_image_remove"),
    }
    if bpy.app.version[:2] != (5, 0):
        pytest.skip("the tables are made from Blender 5.0")
    tables = {**safe_tables.OPERATORS, **safe_tables.OPERATORS_NAMED}
    present = {module: set(dir(getattr(bpy.ops, module))) for module in tables}
    assert all(present.values())
    assert {f"{m}.{n}" for m, names in tables.items() for n in names - present[m]} == gone


def test_every_refusal_names_its_way_out():
    with pytest.raises(CommandError, match="command save_file"):
        safe_code.check("bpy.ops.wm.save_mainfile()")
    with pytest.raises(CommandError, match="command import_file"):
        safe_code.check("bpy.ops.import_scene.gltf(filepath='x')")
    with pytest.raises(CommandError, match="commands render"):
        safe_code.check("bpy.ops.render.render()")
    from tenon.registry.table import find

    words = " ".join(safe_tables.WAYS_OUT.values()).replace(",", "").split()
    named = {word for word in words if "_" in word} | {"render", "look", "undo", "redo", "bake"}
    assert [name for name in sorted(named) if not find(name)] == []


def test_another_add_ons_operator_is_refused_in_a_module_of_blenders(default_file):
    class OBJECT_OT_not_blenders(bpy.types.Operator):
        bl_idname = "object.not_blenders"
        bl_label = "Not Blender's"

        def execute(self, context):
            return {"FINISHED"}

    bpy.utils.register_class(OBJECT_OT_not_blenders)
    try:
        with pytest.raises(CommandError, match="not_blenders"):
            safe_code.check("bpy.ops.object.not_blenders()")
    finally:
        bpy.utils.unregister_class(OBJECT_OT_not_blenders)


def test_a_property_that_an_add_on_registers_later_is_known(default_file):
    source = "bpy.context.scene.later_property = 1"
    with pytest.raises(CommandError):
        safe_code.check(source)

    bpy.types.Scene.later_property = bpy.props.IntProperty()
    try:
        safe_code.check(source)
    finally:
        del bpy.types.Scene.later_property


def _user_types():
    return (bpy.types.Preferences, bpy.types.Operator, bpy.types.KeyConfigurations, bpy.types.KeyingSetInfo)


def test_allowed_names_lead_to_no_module_frame_or_code(default_file):
    """From all that safe code begins with, by each attribute that it may name, as far as that leads.

    Names that a class of the code's own makes allowed count too."""
    safe_code._is_known("x")
    hidden = safe_code._hidden()

    def names(value):
        there = {*dir(value), *getattr(getattr(value, "bl_rna", None), "properties", {}).keys()}
        there -= safe_tables.REFUSED_ATTRIBUTES
        return [n for n in there if n[0] != "_" and (n in safe_code._known or n not in hidden)]

    def frames():
        yield

    try:
        raise ValueError
    except ValueError as caught:
        error = caught
    waiting = [
        *(bpy.data, bpy.context, bpy.ops.mesh.primitive_cube_add, bpy.path.abspath, bpy.types.Mesh.bl_rna),
        *(mathutils.Vector(), mathutils.Matrix(), bmesh.new(), error, error.__traceback__, frames, frames()),
        *(random.Random(), random.choice, re.compile("a"), re.match("a", "a"), datetime.datetime.now()),
        *(functools.partial(print), functools.lru_cache(len), collections.Counter(), collections.deque()),
        *(
            statistics.NormalDist(),
            json.dumps,
            print,
            "",
            b"",
            1,
            1.0,
            [],
            {},
            (),
            set(),
            range(1),
            property(),
        ),
    ]
    bad, seen = [], collections.Counter()
    refused = (types.ModuleType, types.FrameType, types.CodeType, type, *_user_types())
    while waiting:
        value = waiting.pop()
        seen[type(value)] += 1
        if seen[type(value)] > 2:
            continue
        for name in names(value):
            try:
                found = getattr(value, name)
            except Exception:  # a property that cannot be read here
                continue
            if isinstance(found, refused):
                bad.append(f"{type(value).__name__}.{name}: {found!r}")
            waiting.append(found)
            with contextlib.suppress(Exception):
                waiting.append(found[0])
    assert bad == []
    assert len(seen) > 150


# ---- bounds ----

DEEP = {
    "brackets": "(" * 5000 + ")" * 5000,
    "signs": "-" * 50_000 + "1",
    "not": "not " * 50_000 + "1",
    "sum": "+".join(["1"] * 50_000),
    "chain": "a" + ".name" * 50_000,
    "calls": "f" + "()" * 50_000,
    "subscripts": "a" + "[0]" * 50_000,
    "lambdas": "lambda: " * 20_000 + "1",
    "blocks": "".join(" " * at + "if 1:\n" for at in range(90)) + " " * 90 + "pass",
    "elif": "if 1:\n pass\n" + "elif 1:\n pass\n" * 5000,
    "bases": "class A(" + "a" + ".name" * 3000 + "): pass",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_an_error_never_a_crash(name):
    try:
        safe_code.check(DEEP[name])
    except CommandError as error:
        assert error.code == "blocked" and "deep" in error.message
    except SyntaxError:
        with pytest.raises(SyntaxError):
            compile(DEEP[name], "<deep>", "exec")
    else:
        assert name == "blocks"


# As long and as deep as may be, where a rule that looks at the same again and again would take minutes.
LONG = {
    "lines": "x = 1\n" * 160_000,
    "chains": ("a" + ".name" * 990 + "\n") * 200,
    "copies": ("a" + ".copy" * 990 + "\n") * 200,
    "sums": ("x: " + "|".join(["1"] * 990) + "\n") * 400,
    "subscripts": ("x: " + "a[0]" + "[0]" * 980 + "\n") * 300,
    "classes": "".join(" " * at + "class A:\n" for at in range(90)) + (" " * 90 + "x = 1\n") * 10_000,
    "tuples": ("namedtuple(1, " * 190 + "1" + ")" * 190 + "\n") * 300,
    "format": ("'" + "{:" * 40_000 + "}" * 40_000 + "'.format(1)\n") * 8,
    "aliases": "".join(f"n{at} = n{at + 1}\n" for at in range(50_000)) + "n50000 = bpy.ops\n",
    "aliases in order": "n0 = bpy.ops\n" + "".join(f"n{at + 1} = n{at}\n" for at in range(50_000)),
    "names": "bpy.ops.mesh.primitive_cube_add()\n" * 28_000,
}


@pytest.mark.parametrize("name", LONG)
def test_the_longest_source_is_checked_in_seconds(name):
    assert len(LONG[name]) <= safe_code.MAX_SIZE
    start = time.perf_counter()
    with contextlib.suppress(CommandError):
        safe_code.check(LONG[name])
    assert time.perf_counter() - start < 30  # a few seconds, on a machine that has nothing else to do


def test_a_thousand_levels_pass():
    safe_code.check("x = " + "+".join(["1"] * 990))
    safe_code.check("x = 1\n" * 20_000)


def test_a_source_that_is_too_long_is_refused():
    safe_code.check("#" + "x" * (safe_code.MAX_SIZE - 1))
    for text in ("#" + "x" * safe_code.MAX_SIZE, "#" + "é" * (safe_code.MAX_SIZE // 2)):
        with pytest.raises(CommandError, match="longer than") as caught:
            safe_code.check(text)
        assert caught.value.code == "blocked"


@pytest.mark.parametrize("text", ["x = ", "a\0b", "'\ud800'", "  x", "\ufeff\ufeff1"])
def test_what_is_no_source_is_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        safe_code.check(text)


def test_pieces_at_random_give_an_answer_and_no_forbidden_name_passes():
    """Pieces of both tables, and of text, put together. Whatever passes holds no name that is refused."""
    randomly = random.Random(20)
    pieces = [line for source in ORDINARY for line in source.split("\n")] + [source for source, _ in ESCAPES]
    names = ("open", "eval", "__class__", "exec", "globals", "__builtins__", "breakpoint")
    passed = 0
    for _ in range(1500):
        lines = randomly.sample(pieces, randomly.randint(1, 3))
        text = "\n".join(lines)
        if randomly.random() < 0.5:
            at = randomly.randrange(len(text) + 1)
            text = text[:at] + randomly.choice([*names, *string.punctuation, "\n", " "]) + text[at:]
        try:
            safe_code.check(text)
        except SyntaxError:
            with pytest.raises((SyntaxError, ValueError)):
                compile(text.removeprefix("\ufeff"), "<piece>", "exec")
        except CommandError as error:
            assert error.code == "blocked" and error.data["line"] >= 1
        else:
            try:
                code = compile(text, "<piece>", "exec")
            except SyntaxError:  # a rule beyond the grammar, such as `return` outside a function
                continue
            passed += 1
            assert not set(_names_of(code)) & set(names), text
    assert passed > 50


def _names_of(code):
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from _names_of(constant)


def test_every_builtin_is_in_one_table():
    """A builtin that a later Python brings is refused until somebody has looked at it."""
    known = safe_tables.BUILTINS | safe_tables.CALLED | safe_tables.REFUSED_BUILTINS
    rest = {name for name in dir(builtins) if not name.startswith("_")} - known
    assert all(issubclass(getattr(builtins, name), BaseException) for name in rest), rest
    assert safe_code._is_refused_builtin("open") and not safe_code._is_refused_builtin("ValueError")
