"""What a certificate says of the run: its form, and what the files can contradict.

Nothing in a checkpoint derives which globs were given or which program ran; a statement of the
wrong form, or one that nobody checks, must still not pass as a claim that holds.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from veriquant.checker.findings import Finding

SECTIONS = (
    "code", "verification", "settings", "quantization_config", "totals", "tensors", "copied",
    "files",
)  # fmt: skip
SCALE_DTYPES = ("auto", "float16", "bfloat16")

Form = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set(string.hexdigits)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)


def _is_calibration(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and set(value) == {"name", "sha256"}
        and _is_text(value["name"])
        and _is_digest(value["sha256"])
    )


FORMS: Mapping[str, Mapping[str, Form]] = {
    "code": {"version": _is_text, "source_sha256": _is_digest},
    "verification": {
        "report_sha256": lambda value: value is None or _is_digest(value),
        "reason": lambda value: value is None or _is_text(value),
    },
    "settings": {
        "method": _is_text,  # bounds are claimed for `rtn` alone; of any other they are measured
        "group_size": lambda value: type(value) is int and value >= 0,
        "scale_dtype": lambda value: value in SCALE_DTYPES,
        "include": _are_texts,
        "exclude": _are_texts,
        "calibration": _is_calibration,
    },
}


def check_statements(stated: Mapping[str, Any], records: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings about a certificate's sections and statements; `records` are the file's tensors."""
    unknown = sorted(set(stated) - {"schema", "format_version", *SECTIONS})
    if unknown:
        yield Finding("certificate", f"unknown sections {unknown}: nothing checks them")
    for section, forms in FORMS.items():
        if set(stated[section]) != set(forms):
            yield Finding(
                "certificate", f"{section}: {sorted(stated[section])}, expected {sorted(forms)}"
            )
            continue
        for key, fits in forms.items():
            if not fits(stated[section][key]):
                value = stated[section][key]
                yield Finding("certificate", f"{section}.{key} is stated as {value!r}")
    verification = stated["verification"]
    if (verification.get("report_sha256") is None) == (verification.get("reason") is None):
        yield Finding("certificate", "verification: neither a report nor the reason there is none"
                      if verification.get("reason") is None else
                      "verification: a report, and a reason that there is none")  # fmt: skip
    forced = stated["settings"].get("scale_dtype")
    for name, record in records.items():
        if forced in SCALE_DTYPES[1:] and record["scale_dtype"] != forced:
            yield Finding(
                "settings", f"scale_dtype {record['scale_dtype']!r}, stated {forced!r}", name
            )
