# A chain of eighty kernels.
# expect: postcondition at line 491
from __future__ import annotations
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, lemma, logic, variant
from veriquant_spec.types import FIX512, I8, I32, I64, U3, U4, U7, U8, Fix, Range
@kernel()
@ensure(lambda n, result: result == n)
def k0(n: U8) -> U8:
    return n


@kernel()
@ensure(lambda n, result: result == n)
def k1(n: U8) -> U8:
    return k0(n)


@kernel()
@ensure(lambda n, result: result == n)
def k2(n: U8) -> U8:
    return k1(n)


@kernel()
@ensure(lambda n, result: result == n)
def k3(n: U8) -> U8:
    return k2(n)


@kernel()
@ensure(lambda n, result: result == n)
def k4(n: U8) -> U8:
    return k3(n)


@kernel()
@ensure(lambda n, result: result == n)
def k5(n: U8) -> U8:
    return k4(n)


@kernel()
@ensure(lambda n, result: result == n)
def k6(n: U8) -> U8:
    return k5(n)


@kernel()
@ensure(lambda n, result: result == n)
def k7(n: U8) -> U8:
    return k6(n)


@kernel()
@ensure(lambda n, result: result == n)
def k8(n: U8) -> U8:
    return k7(n)


@kernel()
@ensure(lambda n, result: result == n)
def k9(n: U8) -> U8:
    return k8(n)


@kernel()
@ensure(lambda n, result: result == n)
def k10(n: U8) -> U8:
    return k9(n)


@kernel()
@ensure(lambda n, result: result == n)
def k11(n: U8) -> U8:
    return k10(n)


@kernel()
@ensure(lambda n, result: result == n)
def k12(n: U8) -> U8:
    return k11(n)


@kernel()
@ensure(lambda n, result: result == n)
def k13(n: U8) -> U8:
    return k12(n)


@kernel()
@ensure(lambda n, result: result == n)
def k14(n: U8) -> U8:
    return k13(n)


@kernel()
@ensure(lambda n, result: result == n)
def k15(n: U8) -> U8:
    return k14(n)


@kernel()
@ensure(lambda n, result: result == n)
def k16(n: U8) -> U8:
    return k15(n)


@kernel()
@ensure(lambda n, result: result == n)
def k17(n: U8) -> U8:
    return k16(n)


@kernel()
@ensure(lambda n, result: result == n)
def k18(n: U8) -> U8:
    return k17(n)


@kernel()
@ensure(lambda n, result: result == n)
def k19(n: U8) -> U8:
    return k18(n)


@kernel()
@ensure(lambda n, result: result == n)
def k20(n: U8) -> U8:
    return k19(n)


@kernel()
@ensure(lambda n, result: result == n)
def k21(n: U8) -> U8:
    return k20(n)


@kernel()
@ensure(lambda n, result: result == n)
def k22(n: U8) -> U8:
    return k21(n)


@kernel()
@ensure(lambda n, result: result == n)
def k23(n: U8) -> U8:
    return k22(n)


@kernel()
@ensure(lambda n, result: result == n)
def k24(n: U8) -> U8:
    return k23(n)


@kernel()
@ensure(lambda n, result: result == n)
def k25(n: U8) -> U8:
    return k24(n)


@kernel()
@ensure(lambda n, result: result == n)
def k26(n: U8) -> U8:
    return k25(n)


@kernel()
@ensure(lambda n, result: result == n)
def k27(n: U8) -> U8:
    return k26(n)


@kernel()
@ensure(lambda n, result: result == n)
def k28(n: U8) -> U8:
    return k27(n)


@kernel()
@ensure(lambda n, result: result == n)
def k29(n: U8) -> U8:
    return k28(n)


@kernel()
@ensure(lambda n, result: result == n)
def k30(n: U8) -> U8:
    return k29(n)


@kernel()
@ensure(lambda n, result: result == n)
def k31(n: U8) -> U8:
    return k30(n)


@kernel()
@ensure(lambda n, result: result == n)
def k32(n: U8) -> U8:
    return k31(n)


@kernel()
@ensure(lambda n, result: result == n)
def k33(n: U8) -> U8:
    return k32(n)


@kernel()
@ensure(lambda n, result: result == n)
def k34(n: U8) -> U8:
    return k33(n)


@kernel()
@ensure(lambda n, result: result == n)
def k35(n: U8) -> U8:
    return k34(n)


@kernel()
@ensure(lambda n, result: result == n)
def k36(n: U8) -> U8:
    return k35(n)


@kernel()
@ensure(lambda n, result: result == n)
def k37(n: U8) -> U8:
    return k36(n)


@kernel()
@ensure(lambda n, result: result == n)
def k38(n: U8) -> U8:
    return k37(n)


@kernel()
@ensure(lambda n, result: result == n)
def k39(n: U8) -> U8:
    return k38(n)


@kernel()
@ensure(lambda n, result: result == n)
def k40(n: U8) -> U8:
    return k39(n)


@kernel()
@ensure(lambda n, result: result == n)
def k41(n: U8) -> U8:
    return k40(n)


@kernel()
@ensure(lambda n, result: result == n)
def k42(n: U8) -> U8:
    return k41(n)


@kernel()
@ensure(lambda n, result: result == n)
def k43(n: U8) -> U8:
    return k42(n)


@kernel()
@ensure(lambda n, result: result == n)
def k44(n: U8) -> U8:
    return k43(n)


@kernel()
@ensure(lambda n, result: result == n)
def k45(n: U8) -> U8:
    return k44(n)


@kernel()
@ensure(lambda n, result: result == n)
def k46(n: U8) -> U8:
    return k45(n)


@kernel()
@ensure(lambda n, result: result == n)
def k47(n: U8) -> U8:
    return k46(n)


@kernel()
@ensure(lambda n, result: result == n)
def k48(n: U8) -> U8:
    return k47(n)


@kernel()
@ensure(lambda n, result: result == n)
def k49(n: U8) -> U8:
    return k48(n)


@kernel()
@ensure(lambda n, result: result == n)
def k50(n: U8) -> U8:
    return k49(n)


@kernel()
@ensure(lambda n, result: result == n)
def k51(n: U8) -> U8:
    return k50(n)


@kernel()
@ensure(lambda n, result: result == n)
def k52(n: U8) -> U8:
    return k51(n)


@kernel()
@ensure(lambda n, result: result == n)
def k53(n: U8) -> U8:
    return k52(n)


@kernel()
@ensure(lambda n, result: result == n)
def k54(n: U8) -> U8:
    return k53(n)


@kernel()
@ensure(lambda n, result: result == n)
def k55(n: U8) -> U8:
    return k54(n)


@kernel()
@ensure(lambda n, result: result == n)
def k56(n: U8) -> U8:
    return k55(n)


@kernel()
@ensure(lambda n, result: result == n)
def k57(n: U8) -> U8:
    return k56(n)


@kernel()
@ensure(lambda n, result: result == n)
def k58(n: U8) -> U8:
    return k57(n)


@kernel()
@ensure(lambda n, result: result == n)
def k59(n: U8) -> U8:
    return k58(n)


@kernel()
@ensure(lambda n, result: result == n)
def k60(n: U8) -> U8:
    return k59(n)


@kernel()
@ensure(lambda n, result: result == n)
def k61(n: U8) -> U8:
    return k60(n)


@kernel()
@ensure(lambda n, result: result == n)
def k62(n: U8) -> U8:
    return k61(n)


@kernel()
@ensure(lambda n, result: result == n)
def k63(n: U8) -> U8:
    return k62(n)


@kernel()
@ensure(lambda n, result: result == n)
def k64(n: U8) -> U8:
    return k63(n)


@kernel()
@ensure(lambda n, result: result == n)
def k65(n: U8) -> U8:
    return k64(n)


@kernel()
@ensure(lambda n, result: result == n)
def k66(n: U8) -> U8:
    return k65(n)


@kernel()
@ensure(lambda n, result: result == n)
def k67(n: U8) -> U8:
    return k66(n)


@kernel()
@ensure(lambda n, result: result == n)
def k68(n: U8) -> U8:
    return k67(n)


@kernel()
@ensure(lambda n, result: result == n)
def k69(n: U8) -> U8:
    return k68(n)


@kernel()
@ensure(lambda n, result: result == n)
def k70(n: U8) -> U8:
    return k69(n)


@kernel()
@ensure(lambda n, result: result == n)
def k71(n: U8) -> U8:
    return k70(n)


@kernel()
@ensure(lambda n, result: result == n)
def k72(n: U8) -> U8:
    return k71(n)


@kernel()
@ensure(lambda n, result: result == n)
def k73(n: U8) -> U8:
    return k72(n)


@kernel()
@ensure(lambda n, result: result == n)
def k74(n: U8) -> U8:
    return k73(n)


@kernel()
@ensure(lambda n, result: result == n)
def k75(n: U8) -> U8:
    return k74(n)


@kernel()
@ensure(lambda n, result: result == n)
def k76(n: U8) -> U8:
    return k75(n)


@kernel()
@ensure(lambda n, result: result == n)
def k77(n: U8) -> U8:
    return k76(n)


@kernel()
@ensure(lambda n, result: result == n)
def k78(n: U8) -> U8:
    return k77(n)


@kernel()
@ensure(lambda n, result: result == n)
def k79(n: U8) -> U8:
    return k78(n)


@kernel()
@ensure(lambda n, result: result == n + 1)
def f(n: U8) -> U8:
    return k79(n)
