"""Pictures in results: no side over 2,000 pixels, a whole result under 1 MiB, and the size is told."""

import base64
import json

import numpy
import pytest
from call import run
from picture import Picture
from tenon.imaging import image_io

MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("default_file")


@pytest.fixture
def shown(tmp_path):
    """The picture of an answer, which is small enough as a whole."""

    def read(answer):
        (image,) = answer["images"]
        rest = {name: value for name, value in answer.items() if name != "images"}
        # A result tells everything but the picture twice: as text, and as an object.
        assert len(image["data"]) + 2 * len(json.dumps(rest)) < MIB
        path = tmp_path / image["name"]
        path.write_bytes(base64.b64decode(image["data"], validate=True))
        picture = Picture(path)
        assert max(picture.size) <= 2000
        return picture

    return read


@pytest.mark.parametrize(
    "asked",
    [{"view": "front"}, {"view": "camera"}, {"view": "all"}, {"view": ["front", "top"], "frames": [1, 2, 3]}],
)
def test_the_largest_look(asked, shown):
    answer = run("look", size=2048, **asked)
    assert shown(answer).size == (answer["width"], answer["height"])
    assert max(answer["width"], answer["height"]) > 1900
    (note,) = answer["notes"]
    assert note.startswith(f"The picture shown is {answer['width']} x {answer['height']} pixels")
    assert "notes" not in run("look", size=100, **asked)


def test_the_largest_preview_of_a_render(shown, tmp_path):
    asked = {"engine": "CYCLES", "samples": 1, "resolution": [2048, 64], "preview": 2048}
    answer = run("render", filepath=str(tmp_path / "made" / "a.png"), **asked)
    picture = shown(answer)
    assert Picture(answer["filepath"]).size == (answer["width"], answer["height"]) == (2048, 64)
    assert answer["notes"][0].startswith(f"The picture shown is {picture.size[0]} x {picture.size[1]} pixels")


def test_a_preview_as_large_as_asked_needs_no_note(shown, tmp_path):
    asked = {"engine": "CYCLES", "samples": 1, "resolution": [64, 32], "preview": 2048}
    answer = run("render", filepath=str(tmp_path / "made" / "a.png"), **asked)
    assert shown(answer).size == (64, 32) and "notes" not in answer


@pytest.mark.parametrize(("height", "width"), [(2000, 2000), (3000, 40), (4, 9000), (1, 1)])
def test_noise_of_any_shape_fits(height, width, shown):
    random = numpy.random.default_rng(1)
    picture = random.integers(0, 255, (height, width, 3), dtype=numpy.uint8)
    image, wide, high = image_io.as_image(picture, "noise")
    assert shown({"images": [image]}).size == (wide, high)
    assert abs(wide / high - width / height) <= 0.01 * width / height or min(wide, high) < 40
