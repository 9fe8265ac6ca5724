"""Blend files looked into without opening them, and worked on by another Blender."""

import os
import threading
import time

import bpy
import pytest
from call import run
from picture import state
from tenon.commands.code import background_blender
from tenon.errors import CommandError
from tenon.registry.table import find

pytestmark = pytest.mark.usefixtures("default_file")


@pytest.fixture
def other(tmp_path):
    """A file that is not open."""
    path = tmp_path / "other.blend"
    run("save_file", filepath=str(path), copy=True)
    return path


def test_a_file_is_listed(other):
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    before = state()
    answer = run("inspect_blend_file", filepath=str(other))
    assert answer["names"]["objects"] == ["Camera", "Cube", "Light"] and answer["counts"]["meshes"] == 1
    assert answer["bytes"] == os.path.getsize(other) and not answer["compressed"] and "notes" not in answer
    assert answer["blender_version"] == "{}.{}".format(*bpy.app.version) and "asset_counts" not in answer
    assert state() == before and not bpy.data.libraries


def _is_saved(block):
    return block.users > 0


def test_compressed_assets_and_bounds(tmp_path):
    path = tmp_path / "a.blend"
    for at in range(50):
        bpy.data.materials.new(f"A{at:02}").use_fake_user = True
    bpy.data.materials["A00"].asset_mark()
    run("save_file", filepath=str(path), compress=True, copy=True)
    answer = run("inspect_blend_file", filepath=str(path), names=2)
    assert answer["compressed"] and answer["counts"]["materials"] == sum(map(_is_saved, bpy.data.materials))
    assert answer["names"]["materials"] == ["A00", "A01"] and answer["asset_counts"] == {"materials": 1}
    expected = "{}.{}".format(*bpy.app.version)
    assert answer["blender_version"] == expected or (answer["blender_version"] is None and answer["notes"])


def test_the_file_that_is_open(tmp_path):
    path = tmp_path / "a.blend"
    run("save_file", filepath=str(path))
    run("delete_object", name="Cube")
    answer = run("inspect_blend_file", filepath=str(path))
    assert "Cube" in answer["names"]["objects"] and "This file is open" in answer["notes"][0]


def test_what_is_no_blend_file(tmp_path, other):
    (tmp_path / "a.blend").write_text("text")
    (tmp_path / "half.blend").write_bytes(other.read_bytes()[:8])
    for name in ("a.blend", "half.blend"):
        with pytest.raises(CommandError, match="no blend file"):
            run("inspect_blend_file", filepath=str(tmp_path / name))
    with pytest.raises(CommandError, match="No such file"):
        run("inspect_blend_file", filepath=str(tmp_path / "none.blend"))


def work(code, **more):
    return run("run_in_background_blender", code=code, **more)


def test_another_blender_works_on_another_file(other):
    assert find("run_in_background_blender").runs_code
    before = state()
    code = "bpy.data.objects['Cube'].name = 'Box'\nprint('done', len(bpy.data.objects))\nresult['n'] = 3"
    answer = work(code, filepath=str(other), save_to=str(other))
    assert answer["output"] == "done 3" and answer["result"] == {"n": 3} and "notes" not in answer
    assert answer["saved"] == {"filepath": str(other), "bytes": os.path.getsize(other), "objects": 3}
    assert state() == before and "Box" in run("inspect_blend_file", filepath=str(other))["names"]["objects"]


def test_errors_of_the_code_and_what_is_not_saved(other, tmp_path):
    with pytest.raises(CommandError, match=r'File "<code>", line 2') as raised:
        work("print('so far')\n1 / 0", filepath=str(other), save_to=str(tmp_path / "new.blend"))
    assert raised.value.data == {"output": "so far"} and "ZeroDivisionError" in raised.value.message
    assert not (tmp_path / "new.blend").exists()
    with pytest.raises(CommandError, match="ended with exit code 7 before the code was done"):
        work("import os; os._exit(7)")
    (tmp_path / "bad.blend").write_text("text")
    with pytest.raises(CommandError, match="Cannot open"):
        work("pass", filepath=str(tmp_path / "bad.blend"))


def test_output_and_results_are_bounded():
    answer = work("for at in range(20000): print('line', at)\nresult = 'x' * 100_000")
    assert len(answer["output"]) < 21_000 and "characters left out" in answer["output"]
    assert answer["output"].startswith("line 0\n") and answer["output"].endswith("line 19999")
    assert len(answer["result"]) == 60_000 and "only the first" in answer["notes"][0]


def ended(pid):
    """Whether the process is gone, within a bounded wait."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except OSError:
            return True
        threading.Event().wait(0.05)
    return False


def test_it_yields_and_is_ended_with_its_task(tmp_path):
    told = tmp_path / "pid"
    code = f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))\nprint('here', flush=True)\n"
    code += "time.sleep(600)"
    generator = find("run_in_background_blender").function(code=code)
    while next(generator) != (None, "here"):
        threading.Event().wait(0.02)
    generator.close()
    assert ended(int(told.read_text())) and background_blender._running == 0


def test_it_is_ended_when_its_time_is_over():
    with pytest.raises(CommandError, match="did not end within 1 seconds") as raised:
        work("import time; time.sleep(600)", seconds=1)
    assert raised.value.code == "timeout" and background_blender._running == 0


def test_the_open_file_is_not_saved_over(tmp_path):
    path = tmp_path / "a.blend"
    run("save_file", filepath=str(path))
    with pytest.raises(CommandError, match="is open here"):
        work("pass", filepath=str(path), save_to=str(path))
    run("modify_object", name="Cube", location=[1, 0, 0])
    answer = work("result['x'] = bpy.data.objects['Cube'].location.x", filepath=str(path))
    assert answer["result"] == {"x": 0.0} and "as it is on the disk" in answer["notes"][0]
