"""Commands that run a model: `calibrate`, `import-gguf`, `perplexity`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from veriquant.exits import bad_input
from veriquant.options import DryRun, Force, Quiet, Verbose, Voice
from veriquant.terminal import say

ModelFolder = Annotated[
    Path, typer.Argument(metavar="MODEL", help="folder of a llama model (Hugging Face layout)")
]
Text = Annotated[Path, typer.Option("--text", metavar="FILE", help="UTF-8 text")]
Length = Annotated[int, typer.Option(min=2, help="tokens per window")]


def register(app: typer.Typer) -> None:
    """Add the model commands to `app`."""
    app.command()(calibrate)
    app.command("import-gguf")(import_gguf)
    app.command()(perplexity)


def calibrate(
    model: ModelFolder,
    text: Text,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="the calibration file to write")
    ],
    windows: Annotated[int, typer.Option(min=1, help="windows of text to run")] = 64,
    length: Length = 512,
    sequential: Annotated[
        bool,
        typer.Option(help="quantize on the way, so that later layers make up for earlier ones"),
    ] = True,
    group_size: Annotated[
        int, typer.Option(min=0, help="pairs per group of the quantization to come")
    ] = 64,
    force: Force = False,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run a model over text and write the statistics that `quantize --method gptq` needs.

    **Examples**

        veriquant calibrate SmolLM2-135M/ --text wiki.txt -o stats.safetensors

        veriquant quantize SmolLM2-135M/ --method gptq --calibration stats.safetensors
    """

    voice = Voice(quiet, verbose)
    with bad_input():
        from veriquant.formats.errors import BadInputError
        from veriquant.formats.work import check_output
        from veriquant.model.calibrate import windows_of, write_calibration
        from veriquant.model.load import load_llama, load_tokenizer

        voice.tell_of_compiling()
        check_output(model, output, force)
        if output.is_dir():
            raise BadInputError(
                "a folder stands where the file is to be", file=output,
                remedy="choose another -o path",
            )  # fmt: skip
        ids = load_tokenizer(model).encode(_read(text)).ids
        chosen = windows_of(ids, length, windows)
        llama = load_llama(model)
        if dry_run:
            voice.say(f"dry run, nothing written: {output}: statistics of {chosen.size} tokens")
            return
        write_calibration(
            llama, chosen, output, sequential=sequential, group_size=group_size,
            settings={"model": model.name, "text": text.name},
            progress=None if quiet else _progress("calibrate"), on_tensor=voice.detail,
        )  # fmt: skip
    voice.say(f"{output}: statistics of {chosen.size} tokens")


def import_gguf(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="a GGUF file, llama architecture")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="the model folder to make")
    ],
    force: Force = False,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a GGUF model as a float32 checkpoint: weights, config.json, tokenizer.json.

    **Example**

        veriquant import-gguf SmolLM2-135M-Instruct.Q4_1.gguf -o SmolLM2-135M/
    """

    voice = Voice(quiet, verbose)
    with bad_input():
        from veriquant.model.gguf_import import GgufModel

        GgufModel(source).export(output, force=force, dry_run=dry_run, on_tensor=voice.detail)
    voice.say(f"dry run, nothing written: {output}" if dry_run else f"{output}: written")


def perplexity(
    model: ModelFolder,
    text: Text,
    windows: Annotated[int, typer.Option(min=1, help="windows of text to score")] = 8,
    length: Length = 512,
) -> None:
    """Perplexity of a model, quantized or not, over evenly spread windows of a text.

    **Example**

        veriquant perplexity SmolLM2-135M.veriquant/ --text wiki.txt
    """

    with bad_input():
        from veriquant.model.calibrate import windows_of
        from veriquant.model.load import load_llama, load_tokenizer
        from veriquant.model.perplexity import perplexity as score

        Voice().tell_of_compiling()
        ids = load_tokenizer(model).encode(_read(text)).ids
        result = score(load_llama(model), windows_of(ids, length, windows))
    say(f"perplexity {result.value:.3f} +- {result.standard_error:.3f}")


def _read(path: Path) -> str:
    from veriquant.formats.errors import BadInputError

    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError(
            "not UTF-8 text", file=path, position=f"byte {error.start}", remedy="convert it"
        ) from error


def _progress(title: str) -> Callable[[int, int], None]:
    """Shows `title: done of total` on stderr."""

    def show(done: int, total: int) -> None:
        end = "\n" if done == total or not sys.stderr.isatty() else "\r"
        print(f"{title}: {done} of {total}", end=end, file=sys.stderr, flush=True)

    return show
