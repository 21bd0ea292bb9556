"""The link check: whatever stands between a text and what Python calls is seen, with its place."""

from __future__ import annotations

import py_compile
import subprocess
import sys
from pathlib import Path

import pytest
from test_frontend_reading import written

from veriquant_proofs.frontend import read_files, read_product
from veriquant_proofs.frontend.link import LinkError, check_links

KERNEL = """\
N = 3


@kernel()
@require(lambda a: a < 100)
@ensure(lambda a, result: result == max(a, N))
def f(a: U4) -> I64:
    return max(a, N)


"""

#: What a module may do after its kernel, in ways that a syntax tree does not show.
TRICKS = {
    "globals()['N'] = 4\n": "`N` is 4 when run, 3 in the text",
    "globals()['N'] = True\n": "`N` is True when run",
    "globals()['max'] = min\n": "hides the built-in one",
    "globals()['__builtins__'] = {**__builtins__}\n": "built-in functions of its own",
    "globals()['f'] = lambda a: 4\n": "differs from the text",
    "globals()['f'] = 4\n": "is int, no function",
    "f.__wrapped__.__code__ = (lambda a: 4).__code__\n": "differs from the text",
    "g = f.__wrapped__\ng.__code__ = g.__code__.replace(co_consts=(4,))\n": "differs from the text",
    "f.__wrapped__.__defaults__ = (1,)\n": "defaults",
    "f.__wrapped__.__name__ = 'g'\n": "another name",
    "f.__preconditions__.clear()\n": "does not check the ranges",
    "f.__postconditions__.clear()\n": "does not check the ranges",
    "c = f.__postconditions__[-1].condition\nc.__code__ = (lambda a, result: True).__code__\n": (
        "a condition differs"
    ),
    "f.__wrapped__.__annotations__['a'] = 'int'\n": "does not check the ranges",
    "import functools\nglobals()['f'] = functools.wraps(f)(lambda a: 4)\n": "differs from the text",
}


def test_the_product_is_what_python_calls() -> None:
    source = read_product()
    links = check_links(source)
    assert links.keys() == source.program.functions.keys() and len(links) > 40


def test_a_plain_module_links(tmp_path: Path) -> None:
    source = read_files([written(tmp_path, KERNEL, "link_plain")])
    (function,) = check_links(source).values()
    assert function(7) == 7 and function(0) == 3


@pytest.mark.parametrize("number", range(len(TRICKS)))
def test_a_trick_is_seen(number: int, tmp_path: Path) -> None:
    trick, message = list(TRICKS.items())[number]
    file = written(tmp_path, KERNEL + trick, f"link_trick_{number}")
    source = read_files([file])
    with pytest.raises(LinkError) as caught:
        check_links(source)
    assert message in caught.value.construct
    assert caught.value.file == file and caught.value.line >= 1


def test_bytecode_older_than_its_source(tmp_path: Path) -> None:
    file = written(tmp_path, KERNEL, "link_stale")
    py_compile.compile(str(file), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    written(tmp_path, KERNEL.replace("return max(a, N)", "return max(N, a)"), "link_stale")
    source = read_files([file])
    with pytest.raises(LinkError, match="differs from the text"):
        check_links(source)


def test_contracts_that_are_switched_off(tmp_path: Path) -> None:
    file = written(tmp_path, KERNEL, "link_off")
    code = (
        "from pathlib import Path\n"
        "from veriquant_proofs.frontend import VerificationSubsetError, read_files\n"
        "from veriquant_proofs.frontend.link import check_links\n"
        "try:\n"
        f"    check_links(read_files([Path({str(file)!r})]))\n"
        "except VerificationSubsetError as error:\n"
        "    print('refused:', error.construct)\n"
    )
    found = subprocess.run(
        [sys.executable, "-O", "-c", code], check=False, capture_output=True, text=True
    )
    assert found.stdout.startswith("refused: -O switches contracts off"), found.stderr
