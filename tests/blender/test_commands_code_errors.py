"""Errors of clients' code: where in the text, and what to do next."""

import json

import bpy
import pytest
from call import run
from tenon.commands.code import execute as code
from tenon.errors import CommandError
from tenon.tracking import progress

pytestmark = pytest.mark.usefixtures("default_file")


def failure(source, **more):
    with pytest.raises(CommandError) as caught:
        run("execute_code", code=source, **more)
    return json.loads(caught.value.message), (caught.value.data or {}).get("hint", "")


def test_the_traceback_is_of_the_submitted_lines_only():
    told, _ = failure("import json\n\ndef read(text):\n    return json.loads(text)\n\nread('{')\n")
    lines = told["traceback"].splitlines()
    assert [line.strip() for line in lines if line.startswith("    ")][:2] == [
        "read('{')",
        "return json.loads(text)",
    ]
    assert sum(line.startswith("  File ") for line in lines) == 2
    assert "line 6, in <module>" in lines[1] and "json/decoder" not in told["traceback"]
    assert lines[-1].startswith("json.decoder.JSONDecodeError: ")


def test_of_what_an_exception_came_from_too():
    source = (
        "import json\ntry:\n    json.loads('{')\nexcept ValueError as error:\n"
        "    raise RuntimeError('no') from error\n"
    )
    told, _ = failure(source)
    assert "json/decoder" not in told["traceback"] and "json.loads('{')" in told["traceback"]
    assert "direct cause" in told["traceback"]


def test_code_that_cannot_be_compiled_shows_the_line():
    told, _ = failure("a = 1\nb = = 2\n")
    assert "line 2" in told["traceback"] and "b = = 2" in told["traceback"]


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("bpy.ops.mesh.subdivide()", "another mode, active"),
        ("bpy.ops.mesh.no_such_operator()", "bpy_api_lookup"),
        ("bpy.data.objects['Cub']", "There is: 'Cube'"),
        (
            "obj = bpy.data.objects['Cube']\nbpy.data.objects.remove(obj)\nobj.name",
            "Look it up again by its name",
        ),
        (
            "bpy.context.scene.rigidbody_world.enabled = True",
            "test it before. Now: mode OBJECT, active object Cube",
        ),
        ("bpy.data.meshes['Cube'].use_auto_smooth = True", "shade_auto_smooth"),
    ],
)
def test_known_traps_come_with_the_way_out(source, hint):
    if "auto_smooth" in source and bpy.app.version < (4, 1):
        pytest.skip("this Blender still has it")
    assert hint in failure(source)[1]


@pytest.mark.skipif(bpy.app.version < (4, 0), reason="here it still has its old name")
def test_a_renamed_socket_is_named():
    source = (
        "material = bpy.data.materials['Material']\n"
        "shader = next(n for n in material.node_tree.nodes if n.type == 'BSDF_PRINCIPLED')\n"
        "shader.inputs['Specular'].default_value = 1"
    )
    assert (
        failure(source)[1]
        == "Since Blender 4.0 the Principled BSDF's 'Specular' is called 'Specular IOR Level'."
    )


def test_plain_errors_come_without_advice():
    assert failure("1 / 0")[1] == ""


def test_what_is_printed_is_bounded_as_asked():
    told = run("execute_code", code="print('x' * 1000)", max_output=100)["result"]
    assert told == "x" * 100 + "\n[cut at 100 characters; 901 more were printed]\n"
    assert run("execute_code", code="print('y')", max_output=2)["result"] == "y\n"


def test_code_can_tell_its_progress(monkeypatch):
    heard = []
    monkeypatch.setattr(code, "progress", lambda *said: heard.append(said))
    run("execute_code", code="progress(0.5, 'half')")
    assert heard == [(0.5, "half")]
    monkeypatch.undo()
    assert code.progress is progress.progress
    run("execute_code", code="progress(0.5, 'outside a served command nothing happens')")
