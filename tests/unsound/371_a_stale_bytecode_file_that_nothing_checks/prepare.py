"""Compiles an older text of helper.py to a bytecode file that Python never compares with it."""

import py_compile
from pathlib import Path

path = Path(__file__).with_name("helper.py")
text = path.read_text(encoding="utf-8")
path.write_text(text.replace("return n + 1", "return n"), encoding="utf-8")
py_compile.compile(
    str(path), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
)
path.write_text(text, encoding="utf-8")
