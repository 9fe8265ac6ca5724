"""The add-on's zip: from a file, from an address with and without its checksums, and what is refused.

In: zips of a few files; a web server on this machine. Out: what was read, or the words of the refusal.
"""

from __future__ import annotations

import hashlib
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from assistant import CLIENT

sys.path.insert(0, str(CLIENT))

from tenon_client.install import addon_zip
from tenon_client.install.failure import InstallFailed

MANIFEST = 'schema_version = "1.0.0"\n\nid = "tenon"\nversion = "0.1.0"\nplatforms = ["linux-x64"]\n'
FILES = {
    "tenon/__init__.py": "",
    "tenon/blender_manifest.toml": MANIFEST,
    "tenon/_native.abi3.so": "library",
}


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name, text in files.items():
            out.writestr(name, text)
    return path


def without(name: str) -> dict[str, str]:
    return {each: text for each, text in FILES.items() if each != name}


def test_a_zip_says_what_it_is(tmp_path):
    found = addon_zip.read(zipped(tmp_path / "a.zip", FILES), "a.zip")
    assert (found.version, found.platforms, found.checked) == ("0.1.0", ("linux-x64",), "")
    addon_zip.check_platform(found, "linux-x64")
    with pytest.raises(InstallFailed, match=r"a\.zip is for linux-x64, and this Blender is windows-x64"):
        addon_zip.check_platform(found, "windows-x64")


REFUSED = {
    "no manifest": (without("tenon/blender_manifest.toml"), "is not Tenon's zip: it has no"),
    "no library": (without("tenon/_native.abi3.so"), "holds no native module"),
    "only its description": (
        {**without("tenon/_native.abi3.so"), "tenon/_native.pyi": ""},
        "holds no native module",
    ),
    "another add-on": (
        {**FILES, "tenon/blender_manifest.toml": MANIFEST.replace('"tenon"', '"other"')},
        "its blender_manifest.toml is of something else",
    ),
    "files beside it": ({**FILES, "other/a.py": ""}, "it holds 'other/a.py' beside the folder tenon/"),
    "a way out": ({**FILES, "tenon/../../a.py": ""}, "it holds 'tenon/../../a.py'"),
    "a drive": ({**FILES, "tenon/C:a.py": ""}, "it holds 'tenon/C:a.py'"),
}


@pytest.mark.parametrize(("files", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_tenons_zip(tmp_path, files, told):
    with pytest.raises(InstallFailed) as refused:
        addon_zip.read(zipped(tmp_path / "a.zip", files), "a.zip")
    assert told in refused.value.message


def test_damaged_files(tmp_path):
    whole = zipped(tmp_path / "a.zip", FILES).read_bytes()
    flipped = whole.replace(b"library", b"librery")
    for content, told in (
        (b"", "a.zip is not a zip, or is damaged"),
        (whole[:-30], "a.zip is not a zip, or is damaged"),
        (b"<html>not found</html>", "a.zip is not a zip, or is damaged"),
        (flipped, "tenon/_native.abi3.so is not as it was packed"),
    ):
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(InstallFailed) as refused:
            addon_zip.read(tmp_path / "a.zip", "a.zip")
        assert told in refused.value.message, content[:20]
    with pytest.raises(InstallFailed, match="there is no file"):
        addon_zip.read(tmp_path / "none.zip", "none.zip")
    with pytest.raises(InstallFailed, match="cannot be read: Is a directory"):
        addon_zip.read(tmp_path, "a folder")


@pytest.fixture
def site(tmp_path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which it is served."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *words, **named):
            super().__init__(*words, directory=str(folder), **named)

        def log_message(self, *_):
            pass

        def do_GET(self):
            if self.path == "/moved.zip":
                self.send_response(302)
                self.send_header("Location", "/deep/tenon.zip")
                self.end_headers()
            elif self.path == "/short.zip":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"PK")
            elif self.path.startswith("/broken/"):
                self.send_error(500)
            else:
                super().do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_an_address_and_its_checksums(site, tmp_path):
    folder, address = site
    there = zipped(folder / "tenon.zip", FILES)
    found = addon_zip.fetch(None, address + "tenon.zip", "linux-x64", tmp_path)
    assert (found.version, found.origin, found.checked) == ("0.1.0", address + "tenon.zip", "")
    digest = hashlib.sha256(there.read_bytes()).hexdigest()
    sums = folder / "SHA256SUMS"
    for line in (f"{digest}  tenon.zip\n", f"{'0' * 64}  other.zip\n{digest.upper()} *tenon.zip\n"):
        sums.write_text(line)
        assert (
            addon_zip.download(address + "tenon.zip?x=1", tmp_path).checked == "as SHA256SUMS beside it says"
        )
    sums.write_text(f"{'0' * 64}  tenon.zip\n")
    with pytest.raises(
        InstallFailed, match=f"is not what was released: its SHA-256 is {digest}, and SHA256SUMS says 000"
    ):
        addon_zip.download(address + "tenon.zip", tmp_path)
    sums.write_text(f"{digest}  tenon-other.zip\n")
    with pytest.raises(InstallFailed, match=r"does not name tenon\.zip"):
        addon_zip.download(address + "tenon.zip", tmp_path)


def test_addresses_that_give_nothing(site, tmp_path):
    folder, address = site
    for url, told in (
        (address + "none.zip", "none.zip cannot be fetched: HTTP 404"),
        (address + "short.zip", "short.zip cannot be fetched: |only 2 of 1000 bytes came"),
        (address + "broken/tenon.zip", "cannot be fetched: HTTP 500"),
        (address, "is not the http or https address of a zip"),
        ("file:///etc/tenon.zip", "is not the http or https address of a zip"),
        ("http://127.0.0.1:1/tenon.zip", "cannot be fetched: "),
        ("http://[::1/tenon.zip", "is not the http or https address of a zip"),
    ):
        with pytest.raises(InstallFailed, match=told):
            addon_zip.download(url, tmp_path)
    (folder / "deep").mkdir()
    zipped(folder / "deep" / "tenon.zip", FILES)
    assert addon_zip.download(address + "moved.zip", tmp_path).version == "0.1.0"


def test_without_a_word_it_is_the_checkouts_own(tmp_path, monkeypatch):
    """Or, where there is no checkout and no release, what to type."""
    monkeypatch.setattr(addon_zip, "checkout", lambda: tmp_path)
    with pytest.raises(InstallFailed, match=r"no public release .*build_addon\.py zip"):
        addon_zip.fetch(None, None, "linux-x64", tmp_path)
    (tmp_path / "dist").mkdir()
    zipped(tmp_path / "dist" / "tenon-0.0.9-linux-x64.zip", FILES)
    assert addon_zip.fetch(None, None, "linux-x64", tmp_path).path.name == "tenon-0.0.9-linux-x64.zip"
    zipped(tmp_path / "dist" / "tenon-0.1.0-linux-x64.zip", FILES)
    assert addon_zip.fetch(None, None, "linux-x64", tmp_path).path.name == "tenon-0.1.0-linux-x64.zip"
    with pytest.raises(InstallFailed, match="no public release"):
        addon_zip.fetch(None, None, "macos-arm64", tmp_path)


def test_platforms_have_blenders_names():
    expected = {
        ("Linux", "x86_64"): "linux-x64",
        ("Linux", "aarch64"): "linux-arm64",
        ("Darwin", "arm64"): "macos-arm64",
        ("Darwin", "x86_64"): "macos-x64",
        ("Windows", "AMD64"): "windows-x64",
        ("Windows", "ARM64"): "windows-arm64",
    }
    assert {each: addon_zip.platform_name(*each) for each in expected} == expected
