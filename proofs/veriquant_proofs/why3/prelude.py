"""What every printed module begins with: Python's operations with their checks as preconditions."""

#: `val`s state what total operations give; each is defined by a function of the standard library.
PRELUDE = """\
  use int.Int
  use int.Abs
  use int.Power
  use int.EuclideanDivision
  use ref.Ref
  use seq.Seq
  use real.RealInfix
  use real.FromInt
  use real.Abs as RealAbs

  (* Python's floor: the Euclidean quotient where the divisor is positive *)
  function floor_div (x y: int) : int =
    if y > 0 then div x y else if mod x y > 0 then div x y - 1 else div x y
  function floor_mod (x y: int) : int =
    if y > 0 then mod x y else if mod x y > 0 then mod x y + y else mod x y
  function pow2 (n: int) : int =
    if n = 0 then 1 else if n = 1 then 2 else if n = 2 then 4 else if n = 3 then 8 else
    if n = 4 then 16 else if n = 5 then 32 else if n = 6 then 64 else if n = 7 then 128 else
    if n = 8 then 256 else power 2 n
  val divide (x y: int) : int
    requires { [@expl:divide by zero] y <> 0 } ensures { result = floor_div x y }
  val modulo (x y: int) : int
    requires { [@expl:divide by zero] y <> 0 } ensures { result = floor_mod x y }
  val divide_positive (x y: int) : int
    requires { [@expl:divide by zero] y > 0 } ensures { result = div x y }
  val modulo_positive (x y: int) : int
    requires { [@expl:divide by zero] y > 0 } ensures { result = mod x y }
  val power_of_two (n limit: int) : int
    requires { [@expl:shift check] 0 <= n <= limit } ensures { result = pow2 n }
  let function least (x y: int) : int = if x <= y then x else y
  let function greatest (x y: int) : int = if x >= y then x else y
  val ranged (low high x: int) : int
    requires { [@expl:range check] low <= x <= high } ensures { result = x }
  val joined (x y width: int) : int
    requires { [@expl:assertion] 0 <= x < width /\\ mod y width = 0 }
    ensures { result = x + y }
  val at_index (s: seq 'a) (i: int) : 'a
    requires { [@expl:index check] 0 <= i < length s } ensures { result = s[i] }
  val stored (s: seq 'a) (i: int) (x: 'a) : seq 'a
    requires { [@expl:index check] 0 <= i < length s }
    ensures { result = s[i <- x] }
  function filled (n: int) (x: 'a) : seq 'a = create (if n > 0 then n else 0) (fun _ -> x)
  val new (n: int) (x: 'a) : seq 'a
    requires { [@expl:length check] -281474976710656 <= n <= 281474976710656 }
    ensures { result = filled n x }
    ensures { length result = if n > 0 then n else 0 }
    ensures { forall i. 0 <= i < n -> result[i] = x }
"""

#: Facts of the prelude's own definitions, proved in a module of their own.
PRELUDE_LEMMAS = """\
  goal pow2_is_power: forall n. n >= 0 -> pow2 n = power 2 n
  goal floor_div_mod: forall x y. y <> 0 -> x = y * floor_div x y + floor_mod x y
  goal floor_mod_sign: forall x y. y <> 0 ->
    if y > 0 then 0 <= floor_mod x y < y else y < floor_mod x y <= 0
"""
