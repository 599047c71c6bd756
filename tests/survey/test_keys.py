"""The same question has the same key in every session, another question another."""

import functools
import subprocess
import sys

import numpy as np
import pytest

from smile_explore.survey import keys

ROW = {"start": np.datetime64("2008-08-12", "ns"), "stop": np.datetime64("2008-08-13", "ns")}
SOURCE = '''
LIMIT = 5

def helper(x):
    """Say something."""
    return x + 1

def count(fgm):
    # count
    return helper(fgm.b.size) > LIMIT
'''


def made(source, name="count"):
    world = {"__name__": "study"}
    exec(source, world)
    return world[name]


def key(function, row=ROW, products=("a",), options=None):
    return keys.key(keys.question((function,), products, options or {}), row)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("Say something", "Say more", id="a docstring"),
        pytest.param("# count", "# count\n\n    # more", id="comments"),
    ],
)
def test_what_changes_no_result_changes_no_key(old, new):
    assert key(made(SOURCE)) == key(made(SOURCE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("b.size", "b.ndim", id="its text"),
        pytest.param("x + 1", "x + 2", id="a function it calls"),
        pytest.param("LIMIT = 5", "LIMIT = 6", id="a number it reads"),
        pytest.param("> LIMIT", ">= LIMIT", id="a sign"),
    ],
)
def test_what_changes_the_result_changes_the_key(old, new):
    assert key(made(SOURCE)) != key(made(SOURCE.replace(old, new)))


def test_interval_products_options_and_enclosed_values_tell_too():
    def least(limit):
        return lambda fgm: fgm.b.min() > limit

    later = ROW | {"stop": np.datetime64("2008-08-14", "ns")}
    told = [
        key(least(1)), key(least(2)), key(least(np.arange(3))), key(least(1), later), key(least(1), ROW | {"kind": "shock"}),
        key(least(1), ROW, ("b",)), key(least(1), ROW, ("a",), {"source": "packs"}),
        key(functools.partial(max, 3)), key(functools.partial(max, 4)), key(max),
    ]  # fmt: skip
    assert len(set(told)) == len(told)
    assert key(least(1)) == key(least(1))


def test_a_function_that_calls_itself_has_a_key():
    source = "def count(n):\n    return 0 if n == 0 else 1 + count(n - 1)\n"
    assert key(made(source)) == key(made(source))


def test_a_function_of_no_module_has_a_key():
    world = {}
    exec(SOURCE, world)
    assert key(world["count"]) == key(made(SOURCE))


def test_another_session_gives_the_same_key(tmp_path):
    program = (
        "import numpy as np\nfrom smile_explore.survey import keys\n"
        f"world = {{'__name__': 'study'}}\nexec({SOURCE!r}, world)\n"
        "row = {'start': np.datetime64('2008-08-12', 'ns'), 'stop': np.datetime64('2008-08-13', 'ns')}\n"
        "print(keys.key(keys.question((world['count'],), ('a',), {}), row))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == key(made(SOURCE))
