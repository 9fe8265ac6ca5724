"""A process that serves without Blender: `serving_process.py [ticks] [SETTING=VALUE...]`.

Prints its address, serves on its main thread until a client sends `stop`, a signal comes, or it is killed,
then prints "ended". With `ticks` it serves as in Blender's window, by calls between which other Python code
runs. Its commands are what the tests of cancelling, threads and endurance need.
"""

import ctypes
import json
import os
import signal
import sys
import time

from built_module import _native

bridge = _native.Bridge()
interrupted_outside = []  # Cancelled seen where no command runs


def command(function):
    bridge.register(function.__name__, function, reads_only=function.__name__ != "changes")
    return function


@command
def echo(value=None):
    return value


@command
def loop():
    while True:
        pass


@command
def resist(times):
    """Catches what is raised into it so many times."""
    caught = 0
    while True:
        try:
            while True:
                pass
        except BaseException:
            caught += 1
            if caught > times:
                raise


@command
def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
    return seconds


@command
def changes(seconds):
    return spin(seconds)


@command
def deaf(seconds):
    """Waits inside C without the GIL, where no exception can be raised."""
    time.sleep(seconds)


@command
def hold_gil(fd):
    """Keeps the GIL inside a C call until somebody writes to the pipe."""
    ctypes.PyDLL(None).read(fd, ctypes.create_string_buffer(1), 1)
    return True


@command
def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@command
def outside():
    """What arrived where nothing may arrive."""
    return interrupted_outside


@command
def stop():
    global stopping
    stopping = True
    bridge.request_stop()


def blenders_own():
    """Plain Python on the main thread where no client's command runs: nothing may be raised into it."""
    try:
        sum(range(200))
    except BaseException as error:
        interrupted_outside.append(repr(error))
        raise


words = sys.argv[1:]
settings = {name: json.loads(text) for name, text in (word.split("=") for word in words if "=" in word)}
stopping = False
# As the add-on does: `run_forever` hears the signal itself.
signal.signal(signal.SIGINT, lambda *_: None)
bridge.on_change(lambda *_: blenders_own())
bridge.start(**{"port": 0, **settings})
print(bridge.address)
if "ticks" in words:
    while not stopping:
        bridge.tick()
        blenders_own()
else:
    bridge.run_forever()
bridge.stop()
print("ended")
