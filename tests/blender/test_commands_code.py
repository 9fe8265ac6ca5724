"""Code that clients send: what it prints and leaves behind, how it fails, and that nothing of it stays."""

import json
import linecache
import sys

import bpy
import pytest
from call import run
from tenon._native import Bridge, Cancelled
from tenon.commands.code import execute as code
from tenon.commands.code import output as code_output
from tenon.commands.code import source as code_source
from tenon.errors import CommandError
from tenon.tracking import undo_tracker

pytestmark = pytest.mark.usefixtures("default_file")


def failure(source, command="execute_code", **parameters):
    """The error of a failing piece of code, as words and data; both streams must be back in their place."""
    streams = sys.stdout, sys.stderr
    with pytest.raises(CommandError) as raised:
        run(command, code=source, **parameters)
    assert (sys.stdout, sys.stderr) == streams
    words = json.loads(raised.value.message) if command == "execute_code" else raised.value.message
    return words, raised.value.data


def printed(source, **parameters):
    result = run("execute_code", code=source, **parameters)
    assert result["executed"] is True and set(result) == {"executed", "result"}
    return result["result"]


def test_what_is_printed_is_the_result():
    assert printed("print(len(bpy.data.objects)); print('é')") == "3\né\n"
    assert printed("pass") == ""
    assert printed("if __name__ == '__main__': print('main')") == "main\n"
    assert printed("print('\\ud800')") == "\\ud800\n"


def test_each_call_has_a_fresh_namespace():
    run("execute_code", code="left = 1")
    words, _ = failure("print(left)")
    assert words["exception_type"] == "NameError"


def test_our_own_future_imports_do_not_reach_the_code():
    assert printed("def f(x: int): pass\nprint(f.__annotations__['x'])") == "<class 'int'>\n"


@pytest.fixture
def session(monkeypatch):
    """Tells the commands in which session they run; the namespaces of others are forgotten afterwards."""

    class Place:
        session_id = "blender-20260106-185222-a1b2c3d4"

        @staticmethod
        def wants(channel):
            return False

    monkeypatch.setattr(code, "bridge", Place)
    monkeypatch.setattr(code, "_namespaces", type(code._namespaces)())
    return Place


def test_persist_keeps_one_namespace_a_session(session):
    run("execute_code", code="kept = 1", persist=True)
    assert printed("print(kept)", persist=True) == "1\n"
    session.session_id = "blender-20260106-185222-00000000"
    assert failure("print(kept)", persist=True)[0]["exception_type"] == "NameError"
    for number in range(code.NAMESPACES):
        session.session_id = str(number)
        run("execute_code", code=f"kept = {number}", persist=True)
    assert len(code._namespaces) == code.NAMESPACES
    session.session_id = "blender-20260106-185222-a1b2c3d4"
    assert failure("print(kept)", persist=True)[0]["exception_type"] == "NameError"


def test_outside_a_command_there_is_no_session():
    assert Bridge().session_id is None


def test_a_traceback_shows_the_submitted_lines_and_no_frame_of_ours():
    words, data = failure("def divide():\n    return 1 / 0\n\nprint('before')\ndivide()\n")
    assert (words["exception_type"], words["message"]) == ("ZeroDivisionError", "division by zero")
    lines = words["traceback"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "line 5, in <module>" in lines[1] and lines[2].strip() == "divide()"
    assert "line 2, in divide" in words["traceback"] and "return 1 / 0" in words["traceback"]
    assert code.__file__ not in words["traceback"]
    assert data == {"stdout": "before\n"}


def test_a_function_of_an_earlier_call_shows_its_own_lines(session):
    run("execute_code", code="# one\n# two\ndef fail(): raise ValueError('early')", persist=True)
    words, _ = failure("fail()", persist=True)
    assert "line 3, in fail" in words["traceback"] and "def fail(): raise" in words["traceback"]


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("import sys; sys.exit(3)", "SystemExit", "3"),
        ("exit()", "NameError", None),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("def f(): f()\nf()", "RecursionError", None),
        ("def f(): g()\ndef g(): f()\nf()", "RecursionError", None),
        ("class Odd(BaseException): pass\nraise Odd('x')", "Odd", "x"),
        ("class Mute(Exception):\n  def __str__(self): raise OSError\nraise Mute", "Mute", None),
        ("raise GeneratorExit", "GeneratorExit", ""),
        ("x = 1\0", "SyntaxError", "line 1 holds U+0000, which Python source cannot"),
        ("\nx = '\ud800'", "SyntaxError", "line 2 holds U+D800, which Python source cannot"),
        ("(" * 5000, "SyntaxError", None),
        ("bpy.data.objects['none']", "KeyError", None),
        ("bpy.ops.mesh.nothing()", "AttributeError", None),
    ],
)
def test_whatever_code_raises_is_the_reply(source, kind, message):
    words, _ = failure(source)
    if kind == "NameError":  # `exit` is put into builtins only by an interactive Python
        assert words["exception_type"] in ("NameError", "SystemExit")
        return
    assert words["exception_type"] == kind
    assert message is None or words["message"] == message
    assert kind in words["traceback"] and len(words["traceback"]) < 32_000


def test_a_syntax_error_shows_its_line():
    words, _ = failure("a = 1\nif a\n    pass")
    assert words["exception_type"] == "SyntaxError" and "line 2" in words["message"]
    assert "    if a\n        ^" in words["traceback"]


def test_a_huge_message_is_cut():
    words, _ = failure("raise ValueError('x' * 10_000_000)")
    assert words["message"].endswith("... (10,000,000 characters)")
    assert len(words["traceback"]) < 2 * code_source.MESSAGE_SIZE


def test_fifty_million_characters_are_printed_and_more_are_cut():
    assert len(printed("print('x' * 50_000_000)")) == 50_000_001
    text = printed("for _ in range(7): print('y' * 9_999_999)\nprint('end')")
    assert len(text) < code_output.LIMIT + 100
    assert text.endswith("[cut at 67,108,864 characters; 2,891,140 more were printed]\n")


@pytest.mark.parametrize(
    "source",
    [
        "import sys, io\nprint('kept')\nsys.stdout = io.StringIO()\nprint('lost')",
        "import sys\nsys.stdout.close()\nprint('kept')",
        "import sys\nprint('kept')\nsys.stdout = None",
        "import sys\nprint('kept')\ndel sys.stdout",
    ],
)
def test_code_may_do_to_stdout_what_it_likes(source):
    stream = sys.stdout
    assert printed(source) == "kept\n"
    assert sys.stdout is stream


def test_cancelled_goes_through_and_leaves_the_streams_as_they_were():
    source = "import sys\nsys.stdout = None\nfrom tenon._native import Cancelled\nraise Cancelled"
    for command in ("execute_code", "execute", "python.execute"):
        streams = sys.stdout, sys.stderr
        with pytest.raises(Cancelled):
            run(command, code=source)
        assert (sys.stdout, sys.stderr) == streams


def test_compiled_code_is_kept_in_bounds():
    run("execute_code", code="x = 'kept'")
    assert code_source.compiled("x = 'kept'") is code_source.compiled("x = 'kept'")
    first = code_source.compiled("x = 'kept'")[0].co_filename
    failure("1 / 0  # so that its lines are in the cache of lines")
    for number in range(code_source.KEPT + 1):
        code_source.compiled(f"x = {number}")
    assert len(code_source._compiled) == code_source.KEPT and first not in linecache.cache
    size = len(linecache.cache)
    failure("#" * code_source.KEPT_SIZE + "\n1 / 0")
    assert len(linecache.cache) <= size + 1


def executed(source, **parameters):
    """What `execute` replies, its result decoded; and how often it gave the main loop back."""
    generator = code.execute(source, **parameters)
    turns = 0
    while True:
        try:
            next(generator)
            turns += 1
        except StopIteration as end:
            return end.value, turns


def test_execute_replies_with_result_and_streams():
    reply, turns = executed("import sys\nresult = {'n': 3}\nprint('hi')\nprint('oh', file=sys.stderr)")
    assert set(reply) == {"result", "stdout", "stderr"} and turns == 0
    assert (reply["stdout"], reply["stderr"]) == ("hi\n", "oh\n")
    assert set(executed("pass", strict_json=True)[0]) == {"result"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("result = 5", "result must be a dict, not int"),
        ("result = None", "result must be a dict, not NoneType"),
        ("del result", "result must be a dict, not NoneType"),
        ("def check_is_finished(): return [1]", "check_is_finished must return None or a dict, not list"),
    ],
)
def test_execute_names_the_type_of_a_wrong_result(source, words):
    assert failure(source, "execute") == (words, None)


def test_execute_is_strict_where_asked():
    source = "print('said')\nresult = {'a': {'b': bpy.data.objects['Cube']}}"
    words, data = failure(source, "execute", strict_json=True)
    assert "b" in words and "Object" in words and data == {"stdout": "said\n"}
    assert set(executed(source)[0]) == {"result", "stdout"}


def test_execute_fails_with_the_traceback_and_what_was_printed():
    words, data = failure("import sys\nprint('out')\nprint('err', file=sys.stderr)\n1 / 0", "execute")
    assert words.startswith("Traceback") and "line 4" in words and words.endswith("division by zero\n")
    assert data == {"stdout": "out\n", "stderr": "err\n"}
    assert failure("1 / 0", "execute")[1] is None


UNFINISHED = """
count = 0
def check_is_finished():
    global count
    count += 1
    print(count)
    return {"count": count} if count == 4 else None
"""


def test_unfinished_code_is_asked_until_it_has_finished():
    reply, turns = executed(UNFINISHED)
    assert turns == 3 and reply["stdout"] == "1\n2\n3\n4\n"


def test_between_two_questions_the_streams_are_not_captured():
    stream = sys.stdout
    generator = code.execute(UNFINISHED)
    next(generator)
    assert sys.stdout is stream
    generator.close()


def test_unfinished_code_fails_like_any_other():
    words, data = failure("def check_is_finished():\n    print('asked')\n    1 / 0", "execute")
    assert "line 3, in check_is_finished" in words and data == {"stdout": "asked\n"}


def test_unfinished_code_has_an_hour(monkeypatch):
    class Clock:
        now = 0.0

        @classmethod
        def monotonic(cls):
            cls.now += code.UNFINISHED_LIMIT / 10
            return cls.now

    monkeypatch.setattr(code, "time", Clock)
    with pytest.raises(CommandError) as raised:
        executed("def check_is_finished(): pass")
    assert raised.value.code == "timeout"


def test_unfinished_code_is_cancelled_at_a_yield():
    generator = code.execute("def check_is_finished(): pass")
    next(generator)
    with pytest.raises(Cancelled):
        generator.throw(Cancelled())


def test_a_script_gets_its_arguments_and_leaves_its_result(tmp_path):
    source = "print(1)\n__result__ = {'sum': sum(args['numbers'])}"
    result = run("python.execute", code=source, args={"numbers": [1, 2]})
    assert set(result) == {"result", "stdout", "stderr", "duration_seconds"}
    assert result["stdout"] == "1\n" and 0 <= result["duration_seconds"] < 10
    path = tmp_path / "script.py"
    path.write_text("# a file\nprint(__file__, mathutils.Vector((1, 2, 3)).x)\nraise ValueError('here')")
    with pytest.raises(CommandError) as raised:
        run("python.execute", script_path=str(path))
    assert f'File "{path}", line 3' in raised.value.message and "raise ValueError" in raised.value.message
    assert raised.value.data == {"stdout": f"{path} 1.0\n"}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "Give either"),
        ({"code": "pass", "script_path": "/x.py"}, "Give either"),
        ({"script_path": "/nowhere/x.py"}, "Cannot read the script /nowhere/x.py"),
    ],
)
def test_a_script_is_named_in_one_way(parameters, words):
    with pytest.raises(CommandError, match=words):
        run("python.execute", **parameters)


@pytest.fixture
def history():
    """The handlers of the add-on, and the default file with its first step."""
    undo_tracker.register()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield
    undo_tracker.unregister()


@pytest.mark.parametrize(
    ("source", "harmless"),
    [
        ("pass", True),
        ("print(sum(range(10)))", True),
        ("print([len(str(n)) for n in range(3)])", True),
        ("import bpy", False),
        ("bpy.data", False),
        ("x = 1", False),
        ("(lambda: open('x'))", False),
        ("print(__import__('b' + 'py'))", False),
        ("print(getattr(print, '__self__'))", False),
    ],
)
def test_only_code_that_cannot_reach_blender_is_harmless(source, harmless):
    assert code_source.compiled(source)[1] is harmless


@pytest.mark.usefixtures("history")
def test_code_that_changes_something_is_an_undo_step():
    run("execute_code", code="bpy.data.objects['Cube'].location.x = 3")
    run("execute_code", code="print(bpy.data.objects['Cube'].location.x)")
    run("execute_code", code="bpy.data.objects['Cube'].location.x = 5")
    run("undo")
    assert bpy.data.objects["Cube"].location.x == 3


def test_a_byte_order_mark_before_code_is_skipped(tmp_path):
    assert run("execute_code", code="\ufeffprint(1)")["result"] == "1\n"
    script = tmp_path / "script.py"
    script.write_text("\ufeff__result__ = 2", encoding="utf-8")
    assert str(run("python.execute", script_path=str(script))["result"]) == "Encoded(2)"
