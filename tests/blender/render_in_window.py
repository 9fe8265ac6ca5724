"""Renders and pictures in a Blender with a window, driven by a timer, one step a turn, as the bridge does.

In: `blender --python render_in_window.py -- SITE_PACKAGES FOLDER`: where pytest lies, for the package is
loaded as for the tests; and a folder to write to. Out: `told.json` there: what each of the generators below
returned, or the error that ended it. Then Blender quits.
"""

import json
import sys
import traceback
from pathlib import Path

import bpy

site_packages, folder = sys.argv[sys.argv.index("--") + 1 :]
sys.path.append(site_packages)
sys.path.insert(0, str(Path(__file__).parent))
folder = Path(folder)

QUICK = {"engine": "CYCLES", "samples": 4, "resolution_x": 64}


def a_render():
    from picture import state
    from tenon.commands.render.still import render_image

    before = state()
    generator = render_image(filepath=str(folder / "render.png"), **QUICK)
    turns = 0
    while True:
        try:
            next(generator)
        except StopIteration as end:
            windows = len(bpy.context.window_manager.windows)
            return {**end.value, "turns": turns, "windows": windows, "unchanged": state() == before}
        turns += 1
        yield


def a_cancelled_render():
    from picture import state
    from tenon._native import Cancelled
    from tenon.commands.render import job as render_job
    from tenon.commands.render.still import render_image

    cube = bpy.data.objects["Cube"]
    cube.location.x = 0.5  # on no undo step
    bpy.context.scene.cycles.use_adaptive_sampling = False  # else it is done too soon
    before = state()
    generator = render_image(
        filepath=str(folder / "cancelled.png"), **{**QUICK, "samples": 1 << 20, "resolution_x": 640}
    )
    while not render_job.is_running():
        next(generator)
        yield
    for _ in range(3):
        next(generator)
        yield
    try:
        generator.throw(Cancelled())
    except Cancelled:
        return {
            "running": render_job.is_running(),
            "unchanged": state() == before,
            "x": bpy.data.objects["Cube"].location.x,
            "written": (folder / "cancelled.png").exists(),
        }


def two_renders_at_once():
    from tenon.commands.render.still import render_image

    waiting = {
        name: render_image(filepath=str(folder / f"{name}.png"), **{**QUICK, "resolution_x": width})
        for name, width in (("first", 64), ("second", 96))
    }
    widths = {}
    while waiting:
        for name, generator in list(waiting.items()):
            try:
                next(generator)
            except StopIteration as end:
                widths[name] = end.value["width"]
                del waiting[name]
        yield
    return widths


def pictures():
    """With the view as it is, rendered by Cycles, hidden by another editor, and with no view in the file."""
    from picture import Picture, state
    from tenon.commands.view.viewport import get_viewport_screenshot

    told = {}
    (area,) = [each for each in bpy.context.window_manager.windows[0].screen.areas if each.type == "VIEW_3D"]

    def take(name):
        before = state()
        result = get_viewport_screenshot(max_size=300, filepath=str(folder / f"{name}.png"))
        picture = Picture(folder / f"{name}.png")
        told[name] = {
            "method": result["method"],
            "size": picture.size,
            "darkest": min(max(picture.at(x / 9, y / 9)[:3]) for x in range(10) for y in range(10)),
            "unchanged": state() == before,
        }

    take("view")
    bpy.context.scene.render.engine = "CYCLES"
    area.spaces.active.shading.type = "RENDERED"
    yield
    take("cycles")
    told["cycles"]["shading"] = area.spaces.active.shading.type
    area.spaces.active.shading.type = "SOLID"
    area.type = "NODE_EDITOR"
    yield
    take("hidden")
    for screen in bpy.data.screens:
        for each in screen.areas:
            if each.type == "VIEW_3D":
                each.type = "CONSOLE"
    yield
    take("none")
    return told


def screenshots():
    """Of the window, of an editor, and of the view once something has changed in it."""
    import base64

    from call import run
    from tenon.errors import CommandError

    bpy.context.preferences.view.show_splash = False
    whole = run("screenshot")
    yield
    outliner = run("screenshot", area="outliner", size=200)
    (place,) = [each["rectangle"] for each in whole["areas"] if each["type"] == "OUTLINER"]
    before = run("screenshot", area="VIEW_3D", size=400)["images"][0]["data"]
    run("create_object", type="CUBE", name="Huge", size=50)
    after = run("screenshot", area="VIEW_3D", size=400)["images"][0]["data"]
    run("delete_object", name="Huge")
    errors = []
    for wrong in ({"area": "CLIP_EDITOR"}, {"area": "VIEW_3D:1"}, {"window": 7}):
        try:
            run("screenshot", **wrong)
        except CommandError as error:
            errors.append(error.message)
    data = base64.b64decode(outliner["images"][0]["data"])
    window = bpy.context.window_manager.windows[0]
    return {
        "whole": [whole["width"], whole["height"]],
        "window": [window.width, window.height],
        "notes": whole.get("notes", []),
        "outliner": [outliner["width"], outliner["height"]],
        "png": [int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")],
        "shape": place[2] * window.width / (place[3] * window.height),
        "changed": before != after,
        "errors": errors,
    }


def main():
    import conftest  # noqa: F401  loads the package

    told = {}
    for part in (a_render, a_cancelled_render, two_renders_at_once, screenshots, pictures):
        try:
            told[part.__name__] = yield from part()
        except Exception:
            told[part.__name__] = traceback.format_exc()
    (folder / "told.json").write_text(json.dumps(told))


running = main()


def turn():
    try:
        next(running)
        return 0.0
    except StopIteration:
        bpy.ops.wm.quit_blender()


bpy.app.timers.register(turn, first_interval=0.1)
