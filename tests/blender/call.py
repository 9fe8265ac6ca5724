"""A command called by its name, as the bridge calls it.

In: a name or alias and parameters. Out: the result; the undo step is pushed as after a client's command.
"""

import inspect

from tenon.registry.table import find
from tenon.server import hooks


def run(command, /, **parameters):
    row = find(command)
    unknown = parameters.keys() - row.schema["properties"].keys()
    assert not unknown, f"{command} has no parameters {unknown}"  # an alias must take what ours takes
    try:
        result = row.function(**parameters)
        if inspect.isgenerator(result):
            result = _return_value(result)
    except Exception:
        hooks.after(row.name, False)
        raise
    hooks.after(row.name, True)
    return result


def _return_value(generator):
    """What the generator returns; Blender's main loop has no turn meanwhile."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value
