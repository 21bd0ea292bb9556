"""Everything that reads a document: the commands and public functions to run on a damaged one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import veriquant
from veriquant import checker
from veriquant.certificate.record import REPORT, certificate_path
from veriquant.convert.diff import diff_checkpoints
from veriquant.convert.inspect import inspect_checkpoint
from veriquant.digest import source_digest
from veriquant.errors import QuantizationError
from veriquant_proofs.fuzz.corpus import Corpus
from veriquant_proofs.fuzz.oracle import Fault, call, certified, command, contents, discard

DOCUMENTED = (QuantizationError, OSError)


@dataclass
class Readers:
    """Runs what reads the files of a corpus, and judges what comes of it."""

    corpus: Corpus

    def __post_init__(self) -> None:
        self.work = self.corpus.root.with_name(self.corpus.root.name + "-output")
        self.work.mkdir(exist_ok=True)
        self.out = self.work / "out"
        files = (self.corpus.source, self.corpus.packed)
        self.truth = [contents(folder) for folder in files]
        self.stated = certified(certificate_path(self.corpus.packed))

    def run(self, name: str) -> None:
        """Everything that reads the document `name`. Raises Fault."""
        for prefix, actions in READERS.items():
            if name.startswith(prefix):
                for action in actions:
                    try:
                        action(self)
                    finally:
                        discard(*self.work.iterdir())

    def check(self) -> None:
        corpus = self.corpus
        code = command(["check", corpus.packed, "--against", corpus.source])
        if code == 0:
            self.compare("check says that every claim holds")
        result = call(
            "checker.check",
            lambda: checker.check(corpus.packed, corpus.source, code=(source_digest(), REPORT)),
            checker.UnreadableError,
        )  # fmt: skip
        if result is not None and not result.findings:
            self.compare("checker.check finds nothing")

    def compare(self, verdict: str) -> None:
        files = (self.corpus.source, self.corpus.packed)
        for folder, truth in zip(files, self.truth, strict=True):
            found = contents(folder)
            if found != truth:
                changed = sorted(n for n in {*found, *truth} if found.get(n) != truth.get(n))
                raise Fault(f"{verdict}, though {folder.name} changed: {changed}")
        if certified(certificate_path(self.corpus.packed)) != self.stated:
            raise Fault(f"{verdict}, though the certificate is another one")

    def quantize(self) -> None:
        source = self.corpus.source
        if command(["quantize", source, "-o", self.out], self.out) == 0:
            if command(["check", self.out, "--against", source]) != 0:
                raise Fault("quantize succeeds, and check refuses what it wrote")
            command(["quantize", source, "--dry-run"])

    def quantize_again(self) -> None:
        """A file that says that it is quantized is refused; one that no longer says so may pass."""
        command(["quantize", self.corpus.packed, "-o", self.out], self.out)

    def calibrated(self) -> None:
        command(
            ["quantize", self.corpus.source, "-o", self.out, "--method", "gptq", "--include",
             "layers.0.*", "--calibration", self.corpus.statistics], self.out,
        )  # fmt: skip

    def dequantize(self) -> None:
        code = command(["dequantize", self.corpus.packed, "-o", self.out], self.out)
        if code == 0:
            _load(self.out)

    def look_at_source(self) -> None:
        corpus = self.corpus
        command(["inspect", corpus.source])
        command(["inspect", corpus.packed, "--against", corpus.source, "--json"])
        command(["diff", corpus.source, corpus.packed])
        _load(corpus.source)

    def look_at_packed(self) -> None:
        corpus = self.corpus
        command(["inspect", corpus.packed])
        command(["diff", corpus.packed, corpus.source])
        _load(corpus.packed)
        call("inspect_checkpoint", lambda: inspect_checkpoint(corpus.packed), *DOCUMENTED)
        call(
            "diff_checkpoints", lambda: list(diff_checkpoints(corpus.packed, corpus.packed)),
            *DOCUMENTED,
        )  # fmt: skip

    def look_at_certificate(self) -> None:
        command(["inspect", self.corpus.packed])

    def run_model(self) -> None:
        model, text = self.corpus.model, self.corpus.text
        command(["perplexity", model, "--text", text, "--windows", 1, "--length", 4])
        command(
            ["calibrate", model, "--text", text, "--windows", 1, "--length", 4, "-o", self.out],
            self.out,
        )

    def import_gguf(self) -> None:
        gguf = self.corpus.gguf
        if gguf is not None and command(["import-gguf", gguf, "-o", self.out], self.out) == 0:
            _load(self.out)


def _load(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call("veriquant.load", lambda: veriquant.load(path), *DOCUMENTED)


#: Document (how its name begins): who reads it.
READERS: dict[str, tuple[Callable[[Readers], None], ...]] = {
    "source": (Readers.quantize, Readers.check, Readers.look_at_source),
    "packed": (Readers.dequantize, Readers.check, Readers.look_at_packed, Readers.quantize_again),
    "certificate": (Readers.check, Readers.look_at_certificate),
    "statistics": (Readers.calibrated,),
    "model": (Readers.run_model,),
    "tokenizer": (Readers.run_model,),
    "gguf": (Readers.import_gguf,),
}
