"""What a source of the Lean package may contain: an allowlist of commands, a denylist of words.

The kernel checks proofs; this module closes the ways around it: constants without a proof, options
that weaken the kernel, native code in place of a definition, notation that prints one thing and
means another, and a second meaning for a function that the kernel computes by name.
"""

from __future__ import annotations

import re

from veriquant_proofs.lean.package import META, LeanSourceError, Module


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KERNEL_NAT = {
    "add": "defined", "sub": "defined", "mul": "defined", "pow": "defined", "beq": "defined",
    "ble": "defined", "div": "defined", "mod": "defined", "gcd": "reserved", "log2": "reserved",
    "land": "reserved", "lor": "reserved", "xor": "reserved", "shiftLeft": "reserved",
    "shiftRight": "reserved",
}  # fmt: skip
"""Functions `Nat.X` that the kernel evaluates by name whatever their definition says. The audit
checks the equations of the defined ones and that the reserved ones are unsafe constants."""

GENERATED = re.compile(
    r"(.*\.)?(match_\d+(\.\w+)*|casesOn|recOn|brecOn(\.\w+)?|below(_\d+)?|binductionOn|ctorIdx|toCtorIdx|"
    r"noConfusion(Type)?|ctorElim(Type)?|_f|_proof_\d+|_sizeOf_\d+)"
)
"""Names of definitions that Lean makes from what is declared."""

COMMANDS = _words(
    "prelude import set_option universe variable namespace end section open theorem def abbrev "
    "instance structure class inductive protected omit include"
)
"""Words that may begin a line at column 0 outside the meta module."""

OPTIONS = frozenset(
    ["autoImplicit", "linter.all", "synthInstance.checkSynthOrder", "maxHeartbeats", "maxRecDepth"]
)
"""Options a source may set; none reaches the kernel."""

META_OPTIONS = OPTIONS | {
    "bootstrap.inductiveCheckResultingUniverse", "bootstrap.genMatcherCode", "genCtorIdx",
}  # fmt: skip

ATTRIBUTES = frozenset(["reducible", "match_pattern", "inline", "symm"])
"""Attributes allowed outside the meta module."""

DENIED = _words(
    "sorry sorryAx admit axiom unsafe opaque extern implemented_by csimp export_name "
    "native_decide bv_decide reduceBool ofReduceBool reduceNat ofReduceNat trustCompiler "
    "partial noncomputable private local scoped initialize builtin_initialize run_cmd run_elab "
    "run_tac run_meta by_elab elab elab_rules macro macro_rules syntax notation infix infixl "
    "infixr prefix postfix declare_syntax_cat simproc init_quot Quot propext funext Classical "
    "attribute deriving mutual lcProof lcCast lcUnreachable lcErased lcAny lcVoid unsafeCast "
    "debug term_parser tactic_parser app_unexpander app_delab delab example native export renaming "
    "hiding"
)
"""Words denied everywhere outside the meta module."""

META_DENIED = _words(
    "sorry admit native_decide reduceBool ofReduceBool trustCompiler csimp run_cmd run_elab "
    "init_quot Quot propext funext Classical elab elab_rules macro_rules initialize "
    "builtin_initialize notation infix infixl infixr prefix postfix syntax simproc private local "
    "scoped partial deriving run_tac run_meta by_elab debug native"
)

_PART = r"(?:«[^»]*»|[^\W\d][\w'!?]*)"
_WORD = re.compile(rf"{_PART}(?:\.{_PART})*|\d\w*|['#]\w*")
"""A name, a number, or the start of what may not stand in a source."""
_AXIOM_MARKERS = _words(
    "lcErased lcAny lcVoid lcProof lcCast lcUnreachable sorryAx eq_self iff_self eq_true eq_false "
    "forall_congr"
)
_OPAQUE_TYPES = (
    ": Lean.ParserDescr", ": Lean.TrailingParserDescr", ": Lean.Macro",
    ": Lean.PrettyPrinter.Unexpander", ": UInt64", ": Nat → Nat", ": Nat → Nat → Nat",
)  # fmt: skip


_UNEXPANDERS = {
    "Exists": "unexpandExists", "ite": "unexpandIte", "List.nil": "unexpandListNil",
    "List.cons": "unexpandListCons", "Prod.mk": "unexpandProdMk",
}  # fmt: skip
"""Printing rules of the Lean binary whose names do not follow its pattern."""


def _fail(module: Module, offset: int, text: str) -> None:
    line = module.text.count("\n", 0, offset) + 1
    raise LeanSourceError(f"{module.path}:{line}: {text}")


def _check_options(module: Module, code: str, allowed: frozenset[str]) -> None:
    for match in re.finditer(r"\bset_option\s+(\S+)", code):
        if match.group(1) not in allowed:
            _fail(module, match.start(), f"`set_option {match.group(1)}` is not allowed")


def opaque_names(meta: Module) -> frozenset[str]:
    """Return the names of the safe opaque constants of the meta module."""
    return frozenset(re.findall(r"(?<!unsafe )\bopaque\s+(\S+)", meta.code))


def _check_words(module: Module, denied: frozenset[str]) -> None:
    """Refuse denied words, and what could run into one: `0b1axiom` is two words for Lean."""
    for match in _WORD.finditer(module.code):
        word = match.group()
        number = word[0].isdigit()
        if word[0] in "'#" or (number and not word.isdecimal()):
            _fail(module, match.start(), f"`{word}` is not allowed")
        if not denied.isdisjoint(word.split(".")):
            _fail(module, match.start(), f"`{word}` is not allowed")


def _lint_meta(module: Module) -> None:
    code = module.code
    _check_options(module, code, META_OPTIONS)
    _check_words(module, META_DENIED)
    for match in re.finditer(r"\baxiom\s+(\S+)", code):
        if match.group(1) not in _AXIOM_MARKERS or code[: match.start()].split()[-1:] != ["unsafe"]:
            _fail(module, match.start(), f"axiom `{match.group(1)}` is not a known unsafe marker")
    for match in re.finditer(r"\bopaque\s+(\S+)([^\n]*)", code):
        name, rest = match.groups()
        if not rest.rstrip().endswith(_OPAQUE_TYPES):
            _fail(module, match.start(), f"opaque `{name}` is not data of the front end")
        if name.startswith("Nat.") and code[: match.start()].split()[-1:] != ["unsafe"]:
            _fail(module, match.start(), f"opaque `{name}` must be unsafe")
    for match in re.finditer(r"@\[app_unexpander (\S+)\] opaque (\S+)", code):
        printed, rule = match.groups()
        usual = rf"«_aux_\w+___unexpand_{printed.replace('.', '_')}_\d+»"
        if rule != _UNEXPANDERS.get(printed) and not re.fullmatch(usual, rule):
            _fail(module, match.start(), f"`{rule}` would print `{printed}` as something else")
    for name, kind in KERNEL_NAT.items():
        if kind == "reserved" and not re.search(rf"\bunsafe opaque Nat\.{name} :", code):
            _fail(module, 0, f"`Nat.{name}` is computed by the kernel and must be reserved here")


def _lint_proofs(module: Module, opaques: frozenset[str]) -> None:
    code = module.code
    _check_options(module, code, OPTIONS)
    _check_words(module, DENIED)
    for match in _WORD.finditer(code):
        if match.group() in opaques:
            _fail(module, match.start(), f"`{match.group()}` is opaque: nothing is known about it")
        if "«" in match.group():
            _fail(module, match.start(), f"`{match.group()}`: names are written without « »")
    for match in re.finditer(r"(?<=.)\b(?:namespace|section|end)\b", code):
        _fail(module, match.start(), f"`{match.group()}` must begin a line")
    for match in re.finditer(r"@\[([^\]]*)", code):
        for attribute in match.group(1).split(","):
            if attribute.strip() not in ATTRIBUTES:
                _fail(module, match.start(), f"attribute `{attribute.strip()}` is not allowed")
    for match in re.finditer(r"^(?!@\[)(\S+)", code, re.MULTILINE):
        if match.group(1) not in COMMANDS:
            _fail(module, match.start(), f"a command may not begin with `{match.group(1)}`")
    for offset, _, name in declarations(module):
        head, _, tail = name.partition(".")
        if head == "Nat" and tail in KERNEL_NAT:
            _fail(module, offset, f"`{name}` is computed by the kernel: defined in {META} only")
        if head in ("Lean", "String", "Char"):
            _fail(module, offset, f"`{name}`: this namespace belongs to {META}")


def _namespaces(code: str) -> list[tuple[int, str]]:
    """Return, in order, the offsets at which the open namespace changes, and to what."""
    stack: list[str] = []
    changes: list[tuple[int, str]] = [(0, "")]
    for match in re.finditer(r"^(namespace|section|end)\b[ \t]*(\S*)", code, re.MULTILINE):
        word, name = match.groups()
        if word == "end":
            if stack:
                stack.pop()
        else:
            stack.append(name if word == "namespace" else "")
        changes.append((match.start(), ".".join(part for part in stack if part)))
    return changes


def full_name(spaces: list[tuple[int, str]], offset: int, name: str) -> str:
    """Return the full Lean name of a declaration found at `offset`."""
    if name.startswith("_root_."):
        return name.removeprefix("_root_.")
    space = [s for start, s in spaces if start <= offset][-1]
    return f"{space}.{name}" if space else name


_DECLARED = re.compile(
    r"\b(theorem|def|abbrev|instance|structure|class inductive|class|inductive)\s+([^\s:({\[]+)"
)


def declarations(module: Module) -> list[tuple[int, str, str]]:
    """Return (offset, keyword, full name) of what a module declares with a name, in order."""
    spaces = _namespaces(module.code)
    return [
        (match.start(), match.group(1), full_name(spaces, match.start(), match.group(2)))
        for match in _DECLARED.finditer(module.code)
    ]


def theorems(module: Module) -> list[tuple[int, str]]:
    """Return (offset, full name) of every theorem of a module, in order of the text."""
    return [(offset, name) for offset, word, name in declarations(module) if word == "theorem"]


def sources(modules: list[Module]) -> dict[str, str]:
    """Return the text of every definition, on one line, by its full name."""
    return {
        name: " ".join(re.split(r"\n\s*\n|\n/-", module.text[offset:], maxsplit=1)[0].split())
        for module in modules
        for offset, word, name in declarations(module)
        if word in ("def", "abbrev")
    }


def lint(modules: list[Module]) -> None:
    """Check every module; raise LeanSourceError, with file, line and word, at the first breach."""
    meta = next((m for m in modules if m.name == META), None)
    if meta is None:
        raise LeanSourceError(f"the package has no module {META}")
    opaques = opaque_names(meta)
    for module in modules:
        for offset, _, name in declarations(module):
            if GENERATED.fullmatch(name):
                _fail(module, offset, f"`{name}`: such names belong to what Lean generates")
        if module is meta:
            _lint_meta(module)
        else:
            _lint_proofs(module, opaques)
