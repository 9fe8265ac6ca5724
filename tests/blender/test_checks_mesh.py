"""Meshes with one known fault each, and what `check_mesh` says of them."""

import bmesh
import bpy
import pytest
from call import run
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("empty_file")


@pytest.fixture
def cube():
    run("create_object", type="CUBE", name="A", color=[1, 0, 0])
    return bpy.data.objects["A"]


def edit(obj, change):
    mesh = bmesh.new()
    mesh.from_mesh(obj.data)
    mesh.faces.ensure_lookup_table()
    mesh.verts.ensure_lookup_table()
    change(mesh)
    mesh.to_mesh(obj.data)
    mesh.free()


def counts(**more):
    answer = run("check_mesh", name="A", **more)
    return {kind: each["count"] for kind, each in answer["faults"].items()}


def test_a_whole_cube_is_ok(cube):
    answer = run("check_mesh", name="A", max_triangles=12)
    assert answer["ok"] and answer["problems"] == [] and answer["faults"] == {} and "notes" not in answer
    assert (answer["vertices"], answer["faces"], answer["triangles"], answer["quads"]) == (8, 6, 12, 6)
    assert answer["closed"] and answer["parts"] == 1 and answer["scale_applied"] and answer["evaluated"]


def test_an_open_mesh(cube):
    edit(cube, lambda mesh: bmesh.ops.delete(mesh, geom=[mesh.faces[0]], context="FACES_ONLY"))
    answer = run("check_mesh", name="A", limit=2)
    assert answer["faults"] == {"open_edges": {"count": 4, "first": answer["faults"]["open_edges"]["first"]}}
    assert len(answer["faults"]["open_edges"]["first"]) == 2 and not answer["closed"] and answer["ok"]


def test_a_face_that_is_turned_around(cube):
    edit(cube, lambda mesh: mesh.faces[2].normal_flip())
    answer = run("check_mesh", name="A")
    assert answer["faults"]["inward_faces"] == {"count": 1, "first": [2]}
    assert answer["faults"]["inconsistent_edges"]["count"] == 4 and not answer["ok"]


def test_inside_out(cube):
    cube.data.flip_normals()
    assert counts() == {"inward_faces": 6}


def test_the_inner_side_of_a_hollow_is_no_fault(cube):
    inner = bmesh.new()
    bmesh.ops.create_cube(inner, size=1)
    bmesh.ops.reverse_faces(inner, faces=inner.faces)
    data = bpy.data.meshes.new("Inner")
    inner.to_mesh(data)
    inner.free()
    edit(cube, lambda mesh: mesh.from_mesh(data))
    assert counts() == {} and run("check_mesh", name="A")["parts"] == 2


def test_loose_parts_doubles_and_faces_without_area(cube):
    def change(mesh):
        corner = mesh.verts[0].co.copy()
        mesh.verts.new((9, 0, 0))
        mesh.edges.new((mesh.verts.new((5, 0, 0)), mesh.verts.new((6, 0, 0))))
        ends = [mesh.verts.new((7 + at, 0, 0)) for at in (0, 1, 2)]
        mesh.faces.new(ends)
        mesh.verts.new(corner)

    edit(cube, change)
    found = counts()
    assert found["loose_vertices"] == 2 and found["loose_edges"] == 1
    assert found["zero_area_faces"] == 1
    assert found["double_vertices"] == 2  # the copy, and the one at 9, 0, 0
    assert run("check_mesh", name="A")["parts"] == 5


def test_edges_of_three_faces_and_bow_ties(cube):
    def fin(mesh):
        edge = mesh.faces[0].edges[0]
        mesh.faces.new((*edge.verts, mesh.verts.new((3, 3, 3))))

    edit(cube, fin)
    assert counts()["edges_of_several_faces"] == 1
    corner = bmesh.new()
    bmesh.ops.create_cube(corner, size=1)
    other = bmesh.ops.create_cube(corner, size=1)["verts"]
    bmesh.ops.translate(corner, verts=other, vec=(1, 1, 1))
    bmesh.ops.remove_doubles(corner, verts=corner.verts, dist=0.001)
    corner.to_mesh(cube.data)
    corner.free()
    assert counts()["bow_tie_vertices"] == 1


def test_budget_scale_uv_maps_and_slots(cube):
    cube.scale = (1, 2, -1)
    cube.data.uv_layers.remove(cube.data.uv_layers[0])
    cube.data.materials.append(bpy.data.materials.new("Spare"))
    cube.modifiers.new("Subdivision", "SUBSURF").levels = 2
    answer = run("check_mesh", name="A", max_triangles=100)
    assert answer["triangles"] == 192 and answer["unused_slots"] == [1]
    assert answer["problems"] == [
        "192 triangles are 92 over the budget of 100",
        "The scale is not applied: 1, 2, -1",
        "The object is mirrored by its scale, so its normals are turned around in the world",
        "There is no UV map",
        "1 material slots are used by no face: 1 (Spare)",
    ]
    assert run("check_mesh", name="A", evaluated=False)["triangles"] == 12


def test_n_gons_and_no_material():
    run("create_object", type="CYLINDER", name="A", segments=8)
    answer = run("check_mesh", name="A")
    assert answer["faults"]["n_gons"]["count"] == 2 and answer["problems"] == ["There is no material"]


def test_edit_mode_hidden_other_scene_and_what_has_no_mesh(cube):
    bpy.context.view_layer.objects.active = cube
    bpy.ops.object.mode_set(mode="EDIT")
    bmesh.from_edit_mesh(cube.data).verts.new((9, 9, 9))
    for evaluated in (True, False):
        assert counts(evaluated=evaluated)["loose_vertices"] == 1
    bpy.ops.object.mode_set(mode="OBJECT")
    cube.modifiers.new("Subdivision", "SUBSURF")
    cube.hide_viewport = True
    answer = run("check_mesh", name="A")
    assert not answer["evaluated"] and answer["faces"] == 6
    assert answer["notes"] == ["The mesh is without modifiers here: it is disabled in viewports"]
    run("create_object", type="TEXT", name="T")
    assert run("check_mesh", name="T")["faces"] > 0
    run("create_object", type="EMPTY", name="E")
    with pytest.raises(CommandError, match="is of type EMPTY and has no mesh"):
        run("check_mesh", name="E")


def test_an_empty_mesh():
    obj = bpy.data.objects.new("A", bpy.data.meshes.new("A"))
    bpy.context.scene.collection.objects.link(obj)
    answer = run("check_mesh", name="A")
    assert answer["problems"] == ["There are no faces"] and answer["faults"] == {}
