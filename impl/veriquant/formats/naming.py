"""Where output goes when no `-o` is given: beside the input, never inside a download cache."""

from __future__ import annotations

import os
from pathlib import Path

from veriquant.formats.errors import BadInputError

#: The tag of the Cache Directory Tagging Specification: programs may delete what lies under it.
CACHE_TAG = "CACHEDIR.TAG"
#: Folders of the Hugging Face hub's cache: `models--OWNER--NAME/{blobs,refs,snapshots}`.
HUB_PREFIXES = ("models--", "datasets--", "spaces--")
HUB_PARTS = ("blobs", "snapshots")
#: Variables that name a cache's folder.
CACHE_VARIABLES = (
    "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "HF_HOME", "MODELSCOPE_CACHE",
    "XDG_CACHE_HOME",
)  # fmt: skip
TENSORS = ".safetensors"


def default_output(source: Path, suffix: str = "veriquant") -> Path:
    """`m.safetensors` becomes `m.veriquant.safetensors`, a folder `m` becomes `m.veriquant`.

    The name is the one that was given, links not followed. Raises BadInputError where the output
    would lie in a download cache, or the input has no name (`/`).
    """
    given = Path(os.path.abspath(source))  # noqa: PTH100 (resolve would follow links)
    if given.name.endswith(".index.json") and not given.is_dir():
        given = given.parent
    if not given.name:
        raise BadInputError(
            "has no name to derive the output's from", file=source, remedy="give -o"
        )
    if given.is_dir():
        out = given.with_name(f"{given.name}.{suffix}")
    else:
        out = given.with_name(f"{given.name.removesuffix(TENSORS)}.{suffix}{TENSORS}")
    cache = cache_around(out.parent)
    if cache is not None:
        raise BadInputError(
            f"the input lies in a download cache ({cache}), which other programs manage",
            file=source, remedy="say with -o where the output shall be",
        )  # fmt: skip
    return out


def cache_around(folder: Path) -> Path | None:
    """The outermost cache folder that `folder` is or lies in, None if there is none."""
    real = folder.resolve()
    named = {Path(v).expanduser().resolve() for n in CACHE_VARIABLES if (v := os.environ.get(n))}
    for part in (*reversed(real.parents), real):
        if (
            part in named
            or part.name.startswith(HUB_PREFIXES)
            or (part / CACHE_TAG).is_file()
            or part in (Path.home() / ".cache", Path.home() / "Library" / "Caches")
            or all((part / name).is_dir() for name in HUB_PARTS)
        ):
            return part
    return None
