"""The `veriquant` command line: file commands here, proof commands as plug-ins.

Exit codes: 0 all good, 1 a claim or obligation does not hold, 2 usage or bad input. Modules that
cost time to import (NumPy, Numba) are imported inside the commands, so that `--help` starts fast.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from veriquant.exits import EXIT_BROKEN, bad_input
from veriquant.model.cli import register as model_commands
from veriquant.options import DryRun, Force, Quiet, Verbose, Voice
from veriquant.terminal import end_unread, make_output_safe, say
from veriquant.text import printable

if TYPE_CHECKING:
    from veriquant.convert.inspect import TensorInfo
    from veriquant.convert.quantize import Advance
    from veriquant.formats.checkpoint import Checkpoint

PLUGIN_GROUP = "veriquant.commands"
app = typer.Typer(
    name="veriquant",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Quantize language-model weights to 3.5 bits each, and prove what that does.",
)

Source = Annotated[
    Path,
    typer.Argument(
        metavar="IN", help="safetensors file, model.safetensors.index.json or model folder"
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="OUT", help="default: IN with a suffix in its name"),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=1, max=1024, help="threads; default: $VERIQUANT_NUM_THREADS, else all processors"
    ),
]


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        say(f"veriquant {version('veriquant')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Quantize language-model weights to 3.5 bits each, and prove what that does.

    **Exit codes:** 0 all good, 1 a claim does not hold, 2 usage or bad input.
    """


def load_plugins(target: typer.Typer) -> list[str]:
    """Let every installed plug-in (`veriquant.commands`) add its commands; return their names.

    A plug-in that cannot be imported is named on stderr and left out: the file commands work
    without the proof tools.
    """
    loaded = []
    for point in sorted(entry_points(group=PLUGIN_GROUP), key=lambda p: p.name):
        try:
            register = point.load()
        except ImportError as error:
            say(f"veriquant: plug-in {point.name!r} not loaded: {error}", to_stderr=True)
            continue
        register(target)
        loaded.append(point.name)
    return loaded


@contextmanager
def _progress(title: str, quiet: bool) -> Iterator[Any]:
    """`start(checkpoint)` for the conversions: shows a bar until the block ends, if not quiet."""
    from veriquant.convert.progress import ByteProgress

    with ExitStack() as stack:

        def start(checkpoint: Checkpoint) -> Advance:
            if quiet:
                return lambda count: None
            return stack.enter_context(ByteProgress(title, checkpoint.nbytes)).advance

        yield start


def _set_jobs(jobs: int | None) -> int:
    """Use `jobs` threads (None: what the environment says, else all processors); their number."""
    from veriquant.fast import threads

    threads.reset(jobs)
    return threads.in_use()


@app.command()
def quantize(
    source: Source,
    output: Output = None,
    method: Annotated[
        str,
        typer.Option(
            help="rtn: every weight within half a step (proved); gptq, mse: better models, error "
            "stated as measured"
        ),
    ] = "rtn",
    group_size: Annotated[
        int, typer.Option(min=0, help="pairs of weights per group; 0: the whole channel")
    ] = 64,
    scale_dtype: Annotated[str, typer.Option(help="auto, float16 or bfloat16")] = "auto",
    calibration: Annotated[
        Path | None, typer.Option(metavar="FILE", help="activation statistics for gptq and mse")
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="quantize these tensors instead of the default ones"),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="leave these tensors as they are")
    ] = None,
    jobs: Jobs = None,
    force: Force = False,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Quantize a checkpoint to 3.5 bits a weight, and write its certificate.

    OUT has IN's layout. By default every 2-D float tensor named `...weight` is quantized, except
    embeddings, output heads, routers, norms, adapters and transposed layers, as config.json, names
    and shapes tell; everything else is copied bit for bit, always 1-D and 3-D tensors. `--dry-run`
    says what happens to each tensor, and why. `OUT.certificate.json` states what was measured and
    what is proved; `veriquant check` derives it again. A killed run leaves nothing under OUT; the
    same command finishes it.

    **Examples**

        veriquant quantize model.safetensors -o small.safetensors

        veriquant quantize Llama-3-8B/ -o Llama-3-8B-vq/ --group-size 32

        veriquant quantize model/ --method gptq --calibration stats.safetensors

        veriquant quantize model/ --include '*.mlp.*.weight' --exclude '*.0.*'

        veriquant quantize model/ --dry-run
    """
    voice = Voice(quiet, verbose)
    with bad_input(), _progress("quantize", quiet) as start:
        from veriquant.certificate.record import certificate_path
        from veriquant.convert.quantize import (
            Settings,
            plan_quantization,
            quantize_checkpoint,
        )
        from veriquant.convert.select import Selection
        from veriquant.formats.naming import default_output

        _set_jobs(jobs)
        voice.tell_of_compiling()
        settings = Settings(
            method, group_size, scale_dtype,  # type: ignore[arg-type]
            Selection(tuple(include or ()), tuple(exclude or ())), calibration,
        )  # fmt: skip
        out = output or default_output(source)
        if dry_run:
            for line in plan_quantization(source, out, settings, force).lines():
                voice.say(line)
            return
        notes: list[str] = []
        stated = quantize_checkpoint(
            source, out, settings, start, notes.append, on_tensor=voice.detail, force=force
        )
    total = stated["totals"]
    voice.say(
        f"{out}: {total['quantized_tensors']} tensors at {total['bits_per_weight']:.3f} bits per "
        f"weight, {total['copied_tensors']} copied; {total['source_bytes']:,} -> "
        f"{total['stored_bytes']:,} bytes"
    )
    voice.say(f"{certificate_path(out)}: certificate")
    for note in notes:
        voice.say(f"note: {note}")


@app.command()
def dequantize(
    source: Source,
    output: Output = None,
    dtype: Annotated[
        str,
        typer.Option(help="float32 (exact), float16, bfloat16, or source: as before quantizing"),
    ] = "float32",
    jobs: Jobs = None,
    saturate: Annotated[
        bool,
        typer.Option(
            "--saturate",
            help="let weights beyond the range of --dtype be its largest number, and count them",
        ),
    ] = False,
    force: Force = False,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a quantized checkpoint back as floats, for programs that cannot read the codes.

    What rounding to a narrower dtype adds in error is stated; a weight that it cannot hold is an
    error that names it, unless `--saturate` is given.

    **Example**

        veriquant dequantize small.safetensors -o restored.safetensors --dtype float16
    """
    voice = Voice(quiet, verbose)
    with bad_input(), _progress("dequantize", quiet) as start:
        from veriquant.convert.dequantize import (
            dequantize_checkpoint,
            plan_dequantization,
            summary,
        )
        from veriquant.formats.naming import default_output

        _set_jobs(jobs)
        voice.tell_of_compiling()
        out = output or default_output(source, "float")
        if dry_run:
            for line in plan_dequantization(source, out, dtype, force).lines():
                voice.say(line)
            return
        narrowed = dequantize_checkpoint(
            source, out, dtype, start, on_tensor=voice.detail, force=force, saturate=saturate
        )
    voice.say(f"{out}: written")
    for line in summary(narrowed):
        voice.say(line)


@app.command()
def inspect(
    source: Source,
    against: Annotated[
        Path | None,
        typer.Option(metavar="SOURCE", help="measure errors against this checkpoint afresh"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show every tensor: shape, true bits per weight, error, scale range, worst channel.

    Errors come from the certificate beside the checkpoint, or from `--against`.

    **Examples**

        veriquant inspect small.safetensors

        veriquant inspect small.safetensors --against model.safetensors --json
    """
    with bad_input():
        from veriquant.convert.inspect import infos_as_json, inspect_checkpoint

        if against is not None:  # without it nothing is compiled, nor Numba imported
            Voice().tell_of_compiling()
        infos = inspect_checkpoint(source, against)
        if json:
            typer.echo(infos_as_json(infos))
        else:
            _print_table(infos)


def _print_table(infos: list[TensorInfo]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in ("tensor", "shape", "stored as", "bits/weight", "rel. error", "max |e|/s",
                  "scales", "worst channel"):  # fmt: skip
        table.add_column(title, justify="left" if title in ("tensor", "stored as") else "right")

    def number(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    for info in infos:
        stored = info.dtype
        if info.method is not None:
            stored = f"{info.method} g{info.group_size} {info.scale_dtype}"
        scales = (
            "" if info.scale_least is None else f"{info.scale_least:.2g} .. {info.scale_most:.2g}"
        )
        table.add_row(
            printable(info.name), "x".join(map(str, info.shape)), stored,
            number(info.bits_per_weight, ".3f"), number(info.relative_error, ".4f"),
            number(info.max_step_error, ".6f"), scales,
            "" if info.worst_channel is None
            else f"{info.worst_channel} ({info.worst_channel_error:.3g})",
        )  # fmt: skip
    # In a pipe, rich would cut the table to 80 columns. No markup: names are shown as they are.
    console = Console(width=None if sys.stdout.isatty() else 240, markup=False, emoji=False)
    console.on_broken_pipe = end_unread  # type: ignore[method-assign]
    console.print(table)


@app.command()
def diff(
    left: Annotated[Path, typer.Argument(metavar="A", help="a checkpoint, quantized or not")],
    right: Annotated[Path, typer.Argument(metavar="B", help="the other one")],
) -> None:
    """Compare two checkpoints tensor by tensor; exit code 1 if they differ.

    **Examples**

        veriquant diff small-a.safetensors small-b.safetensors

        veriquant diff model.safetensors small.safetensors
    """
    with bad_input():
        from veriquant.convert.diff import diff_checkpoints

        Voice().tell_of_compiling()
        different = 0
        for difference in diff_checkpoints(left, right):
            say(str(difference))
            different += 1
    if different:
        say(f"{different} tensors differ")
        raise typer.Exit(EXIT_BROKEN)
    say("no tensor differs")


@app.command()
def check(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="a quantized checkpoint")],
    against: Annotated[Path, typer.Option(metavar="IN", help="the checkpoint it was made of")],
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="default: OUT.certificate.json")
    ] = None,
    jobs: Jobs = None,
) -> None:
    """Derive every claim of a certificate again, with code the quantizer does not use.

    Codes, grids, bounds, exact maxima, hashes, copied tensors and files are checked against IN;
    exit code 1 names the first tensor, channel and weight that breaks a claim.

    **Example**

        veriquant check small.safetensors --against model.safetensors
    """
    with bad_input():
        from veriquant.certificate.record import REPORT
        from veriquant.checker import UnreadableError
        from veriquant.checker import check as run
        from veriquant.convert.progress import ByteProgress
        from veriquant.digest import source_digest
        from veriquant.formats.checkpoint import open_checkpoint
        from veriquant.formats.entries import read_records

        Voice().tell_of_compiling()
        # Damaged files are told apart, with remedies, before the checker opens them on its own.
        for header in open_checkpoint(out).shards.values():
            read_records(header)
        source = open_checkpoint(against)
        try:
            with ByteProgress("check", source.nbytes) as progress:
                result = run(
                    out, against, certificate, code=(source_digest(), REPORT),
                    jobs=_set_jobs(jobs), on_bytes=progress.advance,
                )  # fmt: skip
        except UnreadableError as error:
            from veriquant.formats.errors import BadInputError

            raise BadInputError(
                str(error), remedy="give the files that `veriquant quantize` wrote"
            ) from error
    for note in result.notes:
        say(f"note: {note}")
    for finding in result.findings:
        say(f"BROKEN {finding}")
    if result.findings:
        say(f"{len(result.findings)} claims do not hold")
        raise typer.Exit(EXIT_BROKEN)
    say(
        f"{out}: every claim holds ({result.quantized} tensors quantized, {result.copied} copied, "
        f"{result.files} other files)"
    )


model_commands(app)


def _own_commands() -> set[str]:
    """Names of the commands that no plug-in brings."""
    return {
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
        if command.callback is not None
    }


def main() -> None:
    """Entry point of the `veriquant` command."""
    make_output_safe()
    if not set(sys.argv[1:2]) & _own_commands():  # plug-ins take time to find
        load_plugins(app)
    app()


if __name__ == "__main__":
    main()
