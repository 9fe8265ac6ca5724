"""Collections and files of others: what cannot be put there is refused whole, or goes where it lasts."""

import bpy
import pytest
from call import run
from tenon.errors import CommandError
from tenon.tracking import undo_tracker

pytestmark = pytest.mark.usefixtures("empty_file")


@pytest.fixture
def library(tmp_path):
    """A file with a cube in the collection "Props", which the present file uses."""
    path = str(tmp_path / "library.blend")
    props = bpy.data.collections.new("Props")
    bpy.context.scene.collection.children.link(props)
    run("create_object", type="CUBE", name="Cube", collection="Props")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.collection.children.link(bpy.data.collections.new("Own"))
    with bpy.data.libraries.load(path, link=True) as (_, here):
        here.collections = ["Props"]
    bpy.context.scene.collection.children.link(here.collections[0])
    return path


def make_override():
    props = next(each for each in bpy.data.collections if each.library)
    props.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    return next(each for each in bpy.data.objects if each.override_library)


def make_active(name):
    layer = bpy.context.view_layer
    layer.active_layer_collection = layer.layer_collection.children[name]


def in_this_file():
    return {each.name for each in bpy.data.objects if not each.library and not each.override_library}


def test_what_an_overridden_collection_holds_is_not_moved(library):
    made = make_override()
    before = made.users_collection
    with pytest.raises(CommandError, match=r"'Props' overrides .*library\.blend"):
        run("modify_object", name=made.name, collection="Own", new_name="Other")
    assert (made.name, made.users_collection) == ("Cube", before)


def test_nothing_is_put_into_an_overridden_collection(library):
    make_override()
    with pytest.raises(CommandError, match=r"'Props' overrides .*library\.blend"):
        run("create_object", type="CUBE", name="New", collection="Props")
    assert in_this_file() == set()
    make_active("Props")
    run("create_object", type="CUBE", name="New")
    assert bpy.data.objects["New"].users_collection == (bpy.context.scene.collection,)


def test_a_copy_out_of_an_overridden_collection_is_in_the_scene(library):
    made = make_override()
    copied = run("duplicate_object", name=made.name, new_name="Copy")
    assert copied["visible"]
    assert bpy.data.objects["Copy"].users_collection == (bpy.context.scene.collection,)


@pytest.mark.parametrize("extension", ["obj", "blend"])
def test_an_import_goes_where_it_lasts(library, tmp_path, extension):
    path = tmp_path / f"other.{extension}"
    if extension == "blend":
        made = bpy.data.objects.new("other", None)
        bpy.data.libraries.write(str(path), {made})
        bpy.data.objects.remove(made)
    else:
        path.write_text("o other\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    make_active("Props")
    assert run("import_file", filepath=str(path))["objects"] == ["other"]
    assert bpy.data.objects["other"].users_collection == (bpy.context.scene.collection,)
    assert bpy.context.view_layer.active_layer_collection.name == "Props"


@pytest.mark.parametrize("extension", ["usd", "abc"])
def test_what_is_not_rendered_is_exported_as_told(tmp_path, extension):
    if "usd_export" not in dir(bpy.ops.wm):  # a distribution may build Blender without them
        pytest.skip("this Blender writes neither")
    run("create_object", type="CUBE", name="Precious")
    bpy.data.objects["Precious"].hide_render = True
    answer = run("export_scene", filepath=str(tmp_path / f"out.{extension}"))
    assert answer["exported"] == ["Precious"]
    assert bpy.data.objects["Precious"].hide_render
    run("new_file", empty=True, discard_changes=True)
    assert run("import_file", filepath=answer["path"])["size"] == pytest.approx([2, 2, 2])


def test_a_point_cloud_without_points_is_not_exported(tmp_path):
    if "usd_export" not in dir(bpy.ops.wm):
        pytest.skip("this Blender writes no USD")
    run("create_object", type="CUBE")
    cloud = bpy.data.objects.new("Cloud", bpy.data.pointclouds.new("Cloud"))
    bpy.context.scene.collection.objects.link(cloud)
    answer = run("export_scene", filepath=str(tmp_path / "out.usd"))
    assert answer["exported"] == ["Cube"]
    assert answer["notes"] == ["usd has no place for: Cloud (POINTCLOUD)"]


@pytest.fixture
def followed():
    undo_tracker.register()
    yield
    undo_tracker.unregister()


@pytest.mark.skipif(
    not bpy.app.background or bpy.app.version < (3, 6),
    reason="with a window Blender itself says what is unsaved; old ones do not tell handlers of a copy",
)
def test_a_saved_copy_leaves_the_file_unsaved(followed, tmp_path):
    run("save_file", filepath=str(tmp_path / "scene.blend"))
    run("create_object", type="CUBE")
    run("save_file", filepath=str(tmp_path / "copy.blend"), copy=True)
    assert run("get_scene")["unsaved_changes"] is True
    run("save_file")
    assert run("get_scene")["unsaved_changes"] is False
