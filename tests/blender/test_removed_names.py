"""Each old name of Blender's API that the running Blender lacks fails, and the reply says what to write."""

import json

import bpy
import pytest
from call import run
from tenon.commands.code import removed_names
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")

RIG = """
rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
bpy.context.scene.collection.objects.link(rig)
bpy.context.view_layer.objects.active = rig
bpy.ops.object.mode_set(mode="EDIT")
edit = rig.data.edit_bones.new("Bone")
edit.tail = (0, 0, 1)
"""
POSED = f"{RIG}\nbpy.ops.object.mode_set(mode='OBJECT')\n"
SHADER = "nodes = bpy.data.node_groups.new('x', 'ShaderNodeTree').nodes\n"
COMPOSITOR = "nodes = bpy.data.node_groups.new('x', 'CompositorNodeTree').nodes\n"

# An instance of each type: the code before, and the expression.
INSTANCES = {
    "Mesh": ("", "bpy.data.meshes['Cube']"),
    "MeshEdge": ("", "bpy.data.meshes['Cube'].edges[0]"),
    "MeshVertex": ("", "bpy.data.meshes['Cube'].vertices[0]"),
    "MeshUVLoop": ("", "bpy.data.meshes['Cube'].uv_layers[0].data[0]"),
    "Object": ("", "bpy.data.objects['Cube']"),
    "Armature": (RIG, "rig.data"),
    "EditBone": (RIG, "edit"),
    "Bone": (POSED, "rig.data.bones[0]"),
    "Pose": (POSED, "rig.pose"),
    "PoseBone": (POSED, "rig.pose.bones[0]"),
    "NodeTree": ("", "bpy.data.node_groups.new('x', 'ShaderNodeTree')"),
    "Light": ("", "bpy.data.lights['Light']"),
    "SceneEEVEE": ("", "bpy.context.scene.eevee"),
    "Material": ("", "bpy.data.materials['Material']"),
    "Scene": ("", "bpy.context.scene"),
    "SequenceEditor": ("", "bpy.context.scene.sequence_editor_create()"),
    "Action": ("", "bpy.data.actions.new('x')"),
    "BlendData": ("", "bpy.data"),
    "RenderSettings": ("", "bpy.context.scene.render"),
    "Image": ("", "bpy.data.images.new('x', 1, 1)"),
    "ShaderNodeTexSky": (SHADER, "nodes.new('ShaderNodeTexSky')"),
    "ToolSettings": ("", "bpy.context.scene.tool_settings"),
    "CompositorNodeBlur": (COMPOSITOR, "nodes.new('CompositorNodeBlur')"),
    "CompositorNodeOutputFile": (COMPOSITOR, "nodes.new('CompositorNodeOutputFile')"),
}
CALLS = {
    "use_auto_smooth": "bpy.ops.object.shade_smooth(use_auto_smooth=True)",
    "auto_smooth_angle": "bpy.ops.object.shade_smooth(auto_smooth_angle=1)",
    "export_colors": "bpy.ops.export_scene.gltf(filepath='/nowhere/x.glb', export_colors=True)",
}


def choice(name):
    if name.startswith("BLENDER"):
        return f"bpy.context.scene.render.engine = {name!r}"
    if name.endswith("GPENCIL"):
        return f"bpy.ops.object.mode_set(mode={name!r})"
    return f"bpy.ops.object.lightprobe_add(type={name!r})"


def code_with(row):
    """Code that uses the old name."""
    if row.kind == "member":
        before, instance = INSTANCES[row.owner]
        return f"{before}{instance}.{row.name}"
    return {
        "operator": lambda: f"bpy.ops.{row.name}()",
        "node": lambda: (
            (SHADER if row.name.startswith("Shader") else COMPOSITOR) + f"nodes.new({row.name!r})"
        ),
        "socket": lambda: f"{SHADER}nodes.new('ShaderNodeBsdfPrincipled').inputs[{row.name!r}]",
        "argument": lambda: CALLS[row.name],
        "choice": lambda: choice(row.name),
        "type": lambda: f"bpy.types.{row.name}",
        "module": lambda: f"import {row.name}",
    }[row.kind]()


GONE = [row for row in removed_names.ROWS if row.since <= bpy.app.version[:2] < row.until]


def told_of(source):
    with pytest.raises(CommandError) as caught:
        run("execute_code", code=source)
    return json.loads(caught.value.message), (caught.value.data or {}).get("hint", "")


@pytest.mark.parametrize("row", GONE, ids=lambda row: f"{row.kind} {row.owner}.{row.name}")
def test_an_old_name_fails_and_the_reply_says_what_to_write(row):
    words, hint = told_of(code_with(row))
    assert row.name in words["message"] and row.instead.split("'")[0] in hint, (words["message"], hint)


def test_there_are_many():
    assert len(removed_names.ROWS) > 150 and len({(row.kind, row.owner, row.name) for row in GONE}) == len(
        GONE
    )


@pytest.mark.parametrize(
    "source",
    [
        "class Own: pass\nOwn().fcurves",
        "bpy.context.scene.sequences",  # of another type
        "(5).use_bloom",
        "import bglx",
    ],
)
def test_a_name_that_something_else_never_had_gets_no_such_hint(source):
    assert told_of(source)[1] == ""


@pytest.mark.skipif(bpy.app.version < (5, 0), reason="here they are members still")
def test_options_of_nodes_that_are_inputs_now():
    assert "node.inputs.keys()" in told_of(f"{COMPOSITOR}nodes.new('CompositorNodeGlare').fade")[1]


@pytest.mark.skipif(bpy.app.version < (4, 3), reason="here they are there still")
def test_operators_of_the_old_grease_pencil():
    assert "bpy.ops.grease_pencil" in told_of("bpy.ops.gpencil.draw()")[1]
