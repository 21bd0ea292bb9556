"""Where things stand: the repository's folders, and files as a report shows them."""

from __future__ import annotations

from pathlib import Path

from veriquant.files import build_folder

REPOSITORY = Path(__file__).resolve().parents[2]

#: Where reports, caches and everything else that is made goes.
BUILD = build_folder()


def shown(file: Path) -> Path:
    """`file` relative to the repository where it lies inside."""
    return file.relative_to(REPOSITORY) if file.is_relative_to(REPOSITORY) else file
