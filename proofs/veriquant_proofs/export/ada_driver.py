"""A program in Ada that calls kernels with arguments from its input, a line each.

A line is the kernel's number, then numbers: of each parameter its value, or its lengths; of each
list of the result its lengths; then the elements of the lists. The answer is a line: `=` and the
results in the same form, or `!` and the exception. `# n` switches condition `n` (`Veriquant_Live`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from veriquant_proofs.core.syntax import Function
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_proofs.export.ada_contracts import is_function, outputs, package_name
from veriquant_proofs.export.ada_terms import Bound
from veriquant_proofs.export.ada_types import Base, Library, base_of
from veriquant_proofs.export.names import NotExportableError, ada_name, number

LIVE = """package Veriquant_Live is
   Switched : Natural := 0;
   --  A condition, or where it is the switched one, false.
   function Holds (Number : Positive; Condition : Boolean) return Boolean is
     (Condition and then Number /= Switched);
end Veriquant_Live;
"""

HEAD = """with Ada.Exceptions;
with Ada.Numerics.Big_Numbers.Big_Integers; use Ada.Numerics.Big_Numbers.Big_Integers;
with Ada.Text_IO;
with Interfaces; use Interfaces;
with Veriquant_Types;
{withs}

procedure Driver is
   Line : String (1 .. 2 ** 20);
   Last, Position : Natural := 0;

   function Next return String is
      First : Natural;
   begin
      First := Position;
      while Position <= Last and then Line (Position) /= ' ' loop
         Position := Position + 1;
      end loop;
      Position := Position + 1;
      return Line (First .. Position - 2);
   end Next;

   function Next return Long_Long_Integer is (Long_Long_Integer'Value (Next));
   function Next return Unsigned_64 is (Unsigned_64'Value (Next));
   function Next return Big_Integer is (From_String (Next));
   function Next return Boolean is (Long_Long_Integer'(Next) /= 0);

   procedure Put (Text : String) renames Ada.Text_IO.Put;
   procedure Put (Value : Long_Long_Integer) is
   begin
      Put (' ' & Value'Image);
   end Put;
   procedure Put (Value : Unsigned_64) is
   begin
      Put (' ' & Value'Image);
   end Put;
   procedure Put (Value : Big_Integer) is
   begin
      Put (' ' & To_String (Value));
   end Put;
   procedure Put (Value : Boolean) is
   begin
      Put (if Value then " 1" else " 0");
   end Put;

"""

TAIL = """
begin
   while not Ada.Text_IO.End_Of_File loop
      Ada.Text_IO.Get_Line (Line, Last);
      Position := 1;
      declare
         Kernel : constant String := Next;
      begin
{calls}
      exception
         when Error : others =>
            Put ("! " & Ada.Exceptions.Exception_Name (Error) & ": "
                 & Ada.Exceptions.Exception_Message (Error));
      end;
      Ada.Text_IO.New_Line;
   end loop;
end Driver;
"""


def driver(library: Library, kernels: Sequence[Function], *, live: bool) -> str:
    """The program; kernel `i` of the input is `kernels[i]`."""
    withs = [f"with {name};" for name in sorted({package_name(k.id.module) for k in kernels})]
    if live:
        withs.append("with Veriquant_Live;")
    runs = "\n".join(_run(library, kernel, i) for i, kernel in enumerate(kernels))
    calls = [
        f'         {"els" if i else ""}if Kernel = "{i}" then Run_{i};' for i in range(len(kernels))
    ]
    if live:
        calls.append('         elsif Kernel = "#" then')
        calls.append("            Veriquant_Live.Switched := Natural (Long_Long_Integer'(Next));")
    calls.append("         end if;")
    head = HEAD.replace("{withs}", "\n".join(withs))
    return head + runs + TAIL.replace("{calls}", "\n".join(calls))


def _run(library: Library, kernel: Function, index: int) -> str:
    base = base_of(kernel)
    parameters = [Bound(f"P_{i}", p.type, base) for i, p in enumerate(kernel.parameters)]
    results = [Bound(f"R_{i}", o.type, base) for i, o in enumerate(outputs(kernel))]
    declared: list[str] = []
    for one in parameters:
        declared += _declared(library, one, read=True)
    for one in results:
        declared += _declared(library, one, read=False)
    lines = [line for one in parameters for line in _each(one, "{0} := Next;")]
    callee = f"{package_name(kernel.id.module)}.{ada_name(kernel.id.name)}"
    arguments = ", ".join(one.text for one in (*parameters, *results))
    call = f"{callee} ({arguments})" if arguments else callee
    if is_function(kernel):
        declared.append(f"R : {library.type(base, kernel.result)}{_start(kernel.result, base)};")
        lines += [f"R := {call};", 'Put ("=");', "Put (R);"]
    else:
        lines += [f"{call};", 'Put ("=");']
        for one in results:
            lines += _each(one, "Put ({0});") or [f"Put ({one.text});"]
    declared_text = "".join(f"      {line}\n" for line in declared)
    inner = "".join(f"      {line}\n" for line in lines)
    return f"   procedure Run_{index} is\n{declared_text}   begin\n{inner}   end Run_{index};\n"


def _declared(library: Library, one: Bound, *, read: bool) -> list[str]:
    """A parameter or result, its value or lengths read."""
    name = library.type(one.base, one.type)
    match one.type:
        case SequenceType(element=element):
            filled = f" := [others => {_any(element)}]" if one.base is Base.BIG else ""
            return [
                f"{one.text}_N : constant Long_Long_Integer := Next;",
                f"{one.text} : {name} (0 .. {one.text}_N - 1){filled};",
            ]
        case MatrixType():
            return [
                f"{one.text}_M : constant Long_Long_Integer := Next;",
                f"{one.text}_N : constant Long_Long_Integer := Next;",
                f"{one.text} : {name} (0 .. {one.text}_M - 1, 0 .. {one.text}_N - 1);",
            ]
    if read:
        return [f"{one.text} : constant {name} := Next;"]
    return [f"{one.text} : {name}{_start(one.type, one.base)};"]


def _any(kind: Type) -> str:
    assert isinstance(kind, IntType)
    return number(0 if kind.range is None or 0 in kind.range else kind.range.low)


def _start(kind: Type, base: Base) -> str:
    """A predicate wants a value."""
    return f" := {_any(kind)}" if base is Base.BIG and isinstance(kind, IntType) else ""


def _each(one: Bound, statement: str) -> list[str]:
    """A statement for each element of an array."""
    match one.type:
        case SequenceType():
            inner = statement.format(f"{one.text} (I)")
            return [f"for I in {one.text}'Range loop", f"   {inner}", "end loop;"]
        case MatrixType():
            inner = statement.format(f"{one.text} (I, J)")
            return [
                f"for I in {one.text}'Range (1) loop",
                f"   for J in {one.text}'Range (2) loop",
                f"      {inner}",
                "   end loop;",
                "end loop;",
            ]
    return []


# ------------------------------------------------------------------ lines of input and output


def request(index: int, kernel: Function, values: Mapping[str, Any], result: Any) -> str:
    """A line of input. `result` gives the lengths of the lists. Raises NotExportableError."""
    heads: list[int] = [index]
    elements: list[int] = []
    for parameter in kernel.parameters:
        value = values[parameter.name]
        heads += _head(parameter.type, value)
        elements += _elements(parameter.type, value)
    if not is_function(kernel):
        for kind, value in _results(kernel, result):
            if not isinstance(kind, IntType | BoolType):
                heads += _head(kind, value)
    return " ".join(map(str, heads + elements))


def answer(kernel: Function, result: Any) -> str:
    """The line that the program should answer with."""
    found: list[int] = []
    for kind, value in _results(kernel, result):
        scalar = isinstance(kind, IntType | BoolType)
        found += [int(value)] if scalar else _elements(kind, value)
    return " ".join(["=", *map(str, found)])


def _results(kernel: Function, result: Any) -> Iterator[tuple[Type, Any]]:
    if isinstance(kernel.result, TupleType):
        yield from zip(kernel.result.items, result, strict=True)
    else:
        yield kernel.result, result


def _head(kind: Type, value: Any) -> list[int]:
    match kind:
        case SequenceType():
            return [len(value)]
        case MatrixType():
            widths = {len(row) for row in value}
            if len(widths) > 1:
                raise NotExportableError("rows of different lengths")
            return [len(value), *(widths or {0})]
    return [int(value)]


def _elements(kind: Type, value: Any) -> list[int]:
    match kind:
        case SequenceType():
            return list(value)
        case MatrixType():
            return [item for row in value for item in row]
    return []
