"""`Lanes`: one number of sixteen sequences at once, as a type that numba keeps in vector registers.

numba vectorises a loop where LLVM can prove that it may. Here that is not left to chance: `Lanes` is LLVM's
`<16 x float>`, which is one AVX-512 register, two of AVX or four of NEON. Arrays are flat `float32[n]`.

A `NamedTuple` of `Lanes` holds a cell's gates, or its states. What is done to each of its fields is written out
when a kernel is compiled: no loop is left to run.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]  # it ships no type information
from numba import types
from numba.core.base import BaseContext
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel.manager import DataModelManager
from numba.core.datamodel.models import PrimitiveModel
from numba.core.typing.templates import Signature
from numba.extending import intrinsic, overload, register_model

LANES: Final = 16
_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_UNDEFINED = ir.Constant(_VECTOR, ir.Undefined)
_ZEROS = ir.Constant(_VECTOR, [0.0] * LANES)

Array: TypeAlias = np.ndarray
_Typed: TypeAlias = tuple[Signature, Callable[..., ir.Value]]


class Lanes(Protocol):
    """Sixteen `float32`, one a sequence, as the kernels calculate with them."""

    def __add__(self, other: Lanes) -> Lanes: ...
    def __sub__(self, other: Lanes) -> Lanes: ...
    def __mul__(self, other: Lanes) -> Lanes: ...
    def __truediv__(self, other: Lanes) -> Lanes: ...


class LanesType(types.Type):
    """numba's name for sixteen `float32` in a register."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


_LANES_TYPE: Any = LanesType()


@register_model(LanesType)
class _LanesModel(PrimitiveModel):
    def __init__(self, manager: DataModelManager, numba_type: types.Type) -> None:
        super().__init__(manager, numba_type, _VECTOR)  # type: ignore[no-untyped-call]  # numba's


@dataclass(frozen=True)
class _Site:
    """A place in the code being generated, and the values that arrive there."""

    context: Any
    builder: ir.IRBuilder
    signature: Signature
    values: Sequence[ir.Value]

    def point(self, array: int, index: ir.Value) -> ir.Value:
        """Return where the element `index` of the argument number `array` lies."""
        kind = self.context.make_array(self.signature.args[array])
        return self.builder.gep(kind(self.context, self.builder, self.values[array]).data, [index])

    def load(self, pointer: ir.Value) -> ir.Value:
        lanes = self.builder.load(self.builder.bitcast(pointer, _VECTOR.as_pointer()))
        lanes.align = 4  # one float: rows of any width are read, not only whole registers
        return lanes

    def store(self, lanes: ir.Value, pointer: ir.Value) -> None:
        self.builder.store(lanes, self.builder.bitcast(pointer, _VECTOR.as_pointer())).align = 4

    def shuffle(self, left: ir.Value, right: ir.Value, order: list[int]) -> ir.Value:
        places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), order)
        return self.builder.shuffle_vector(left, right, places)

    def point_rows(self, array: int, count: int) -> list[ir.Value]:
        """Return where rows of an array begin: the arguments behind it are the first's index, and a distance."""
        index, distance = self.values[array + 1 : array + 3]
        places = [index]
        for _ in range(count - 1):
            places.append(self.builder.add(places[-1], distance))
        return [self.point(array, place) for place in places]

    def list_fields(self, number: int) -> list[ir.Value]:
        """Return the fields of the tuple that is the argument number `number`."""
        count = len(self.signature.args[number])
        return [self.builder.extract_value(self.values[number], field) for field in range(count)]

    def make_tuple(self, values: Sequence[ir.Value]) -> ir.Value:
        return self.context.make_tuple(self.builder, self.signature.return_type, values)

    def spread(self, scalar: ir.Value) -> ir.Value:
        first = self.builder.insert_element(_UNDEFINED, scalar, ir.IntType(32)(0))
        return self.shuffle(first, _UNDEFINED, [0] * LANES)

    def spread_number(self, number: int) -> ir.Value:
        """Return the number that is the argument number `number` in every lane."""
        kind = self.signature.args[number]
        return self.spread(self.context.cast(self.builder, self.values[number], kind, types.float32))


def _describe(signature: Signature, emit: Callable[[_Site], ir.Value | None]) -> _Typed:
    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, values: Sequence[ir.Value]
    ) -> ir.Value:
        site = _Site(context, builder, signature, values)
        value = emit(site)
        return site.context.get_dummy_value() if value is None else value

    return signature, generate


def _make_intrinsic(typing: Callable[..., _Typed]) -> Any:  # noqa: ANN401 - numba's caller gives other arguments
    return intrinsic(typing)


@_make_intrinsic
def load(_: BaseContext, array: types.Type, index: types.Type) -> _Typed:  # noqa: ARG001 - any integer
    """Return `array[index : index + 16]`."""
    return _describe(_LANES_TYPE(array, types.intp), lambda at: at.load(at.point(0, at.values[1])))


@_make_intrinsic
def store(_: BaseContext, array: types.Type, index: types.Type, lanes: types.Type) -> _Typed:  # noqa: ARG001
    """Write `lanes` to `array[index : index + 16]`."""
    signature = types.void(array, types.intp, lanes)
    return _describe(signature, lambda at: at.store(at.values[2], at.point(0, at.values[1])))


@_make_intrinsic
def copy_half(
    _: BaseContext,
    source: types.Type,
    source_place: types.Type,  # noqa: ARG001 - any integer
    target: types.Type,
    target_place: types.Type,  # noqa: ARG001 - any integer
) -> _Typed:
    """Write `source[source_place : source_place + 8]` to `target` from `target_place` on."""

    def emit(at: _Site) -> None:
        half = ir.VectorType(ir.FloatType(), LANES // 2).as_pointer()
        pointers = [at.builder.bitcast(at.point(array, at.values[array + 1]), half) for array in (0, 2)]
        value = at.builder.load(pointers[0])
        value.align = 4
        at.builder.store(value, pointers[1]).align = 4

    return _describe(types.void(source, types.intp, target, types.intp), emit)


@_make_intrinsic
def spread(_: BaseContext, array: types.Type, index: types.Type) -> _Typed:  # noqa: ARG001 - any integer
    """Return `array[index]` in every lane."""
    signature = _LANES_TYPE(array, types.intp)
    return _describe(signature, lambda at: at.spread(at.builder.load(at.point(0, at.values[1]))))


@_make_intrinsic
def constant(_: BaseContext, number: types.Type) -> _Typed:
    """Return `number` in every lane."""
    return _describe(_LANES_TYPE(number), lambda at: at.spread_number(0))


@_make_intrinsic
def multiply_add(_: BaseContext, left: types.Type, right: types.Type, addend: types.Type) -> _Typed:
    """Return `left * right + addend`, in one instruction where the processor has it."""

    def emit(at: _Site) -> ir.Value:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        function = get_or_insert_function(at.builder.module, kind, "llvm.fmuladd.v16f32")  # type: ignore[no-untyped-call]  # numba's
        return at.builder.call(function, at.values)

    return _describe(_LANES_TYPE(left, right, addend), emit)


@_make_intrinsic
def square_root(_: BaseContext, lanes: types.Type) -> _Typed:
    """Return the square root of each."""

    def emit(at: _Site) -> ir.Value:
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        function = get_or_insert_function(at.builder.module, kind, "llvm.sqrt.v16f32")  # type: ignore[no-untyped-call]  # numba's
        return at.builder.call(function, at.values)

    return _describe(_LANES_TYPE(lanes), emit)


@_make_intrinsic
def are_equal(_: BaseContext, left: types.Type, right: types.Type) -> _Typed:
    """Return whether all sixteen are equal; NaN is equal to nothing."""

    def emit(at: _Site) -> ir.Value:
        number = ir.IntType(LANES)
        lanes = at.builder.bitcast(at.builder.fcmp_ordered("==", *at.values), number)
        return at.builder.icmp_unsigned("==", lanes, number(-1))

    return _describe(types.boolean(left, right), emit)


@_make_intrinsic
def flush(_: BaseContext, lanes: types.Type) -> _Typed:
    """Return `lanes` with 0 for numbers too small to be normal ones, whether or not this thread knows such."""

    def emit(at: _Site) -> ir.Value:
        least = ir.Constant(_VECTOR, [2.0**-126] * LANES)
        (value,) = at.values
        positive = at.builder.fcmp_ordered("<", value, least)
        small = at.builder.and_(positive, at.builder.fcmp_ordered(">", value, at.builder.fsub(_ZEROS, least)))
        return at.builder.select(small, _ZEROS, value)

    return _describe(_LANES_TYPE(lanes), emit)


@_make_intrinsic
def clip(_: BaseContext, lanes: types.Type, bound: types.Type) -> _Typed:
    """Return `lanes` held between `-bound` and `bound`; NaN stays NaN."""

    def emit(at: _Site) -> ir.Value:
        upper = at.spread_number(1)
        lower = at.builder.fsub(_ZEROS, upper)
        value = at.builder.select(at.builder.fcmp_ordered("<", upper, at.values[0]), upper, at.values[0])
        return at.builder.select(at.builder.fcmp_ordered(">", lower, value), lower, value)

    return _describe(_LANES_TYPE(lanes, bound), emit)


@_make_intrinsic
def select(_: BaseContext, mask: types.Type, chosen: Any, other: types.Type) -> _Typed:  # noqa: ANN401 - a tuple has a length
    """Return `chosen` in the lanes where `mask` is not 0, else `other`; of a tuple, each field so."""

    def emit(at: _Site) -> ir.Value:
        here = at.builder.fcmp_unordered("!=", at.values[0], _ZEROS)
        if isinstance(chosen, LanesType):
            return at.builder.select(here, *at.values[1:])
        others = at.list_fields(2) if isinstance(other, types.BaseTuple) else [at.values[2]] * len(chosen)
        pairs = zip(at.list_fields(1), others, strict=True)
        return at.make_tuple([at.builder.select(here, *pair) for pair in pairs])

    return _describe(chosen(mask, chosen, other), emit)


@_make_intrinsic
def load_rows(
    _: BaseContext,
    kind: Any,  # noqa: ANN401 - numba's type of a class
    array: types.Type,
    index: types.Type,  # noqa: ARG001 - any integer
    distance: types.Type,  # noqa: ARG001 - any integer
) -> _Typed:
    """Return the `NamedTuple` `kind` of `array[index : index + 16]`, `array[index + distance : …]` and so on."""
    fields = [_LANES_TYPE] * len(kind.instance_class._fields)
    rows = types.BaseTuple.from_types(fields, kind.instance_class)  # type: ignore[no-untyped-call]  # numba's
    signature = rows(kind, array, types.intp, types.intp)
    return _describe(
        signature, lambda at: at.make_tuple([at.load(place) for place in at.point_rows(1, len(rows))])
    )


@_make_intrinsic
def store_rows(
    _: BaseContext,
    array: types.Type,
    index: types.Type,  # noqa: ARG001 - any integer
    distance: types.Type,  # noqa: ARG001 - any integer
    rows: Any,  # noqa: ANN401 - a tuple has a length
) -> _Typed:
    """Write the fields of a `NamedTuple` where `load_rows` would read them."""

    def emit(at: _Site) -> None:
        for lanes, place in zip(at.list_fields(3), at.point_rows(0, len(rows)), strict=True):
            at.store(lanes, place)

    return _describe(types.void(array, types.intp, types.intp, rows), emit)


@_make_intrinsic
def add_to_rows(
    _: BaseContext,
    array: types.Type,
    index: types.Type,  # noqa: ARG001 - any integer
    distance: types.Type,  # noqa: ARG001 - any integer
    rows: Any,  # noqa: ANN401 - a tuple has a length
) -> _Typed:
    """Add the fields of a `NamedTuple` to what lies where `load_rows` would read them."""

    def emit(at: _Site) -> None:
        for lanes, place in zip(at.list_fields(3), at.point_rows(0, len(rows)), strict=True):
            at.store(at.builder.fadd(at.load(place), lanes), place)

    return _describe(types.void(array, types.intp, types.intp, rows), emit)


@_make_intrinsic
def add_to_first(_: BaseContext, rows: types.Type, lanes: types.Type) -> _Typed:
    """Return a `NamedTuple` with `lanes` added to its first field."""

    def emit(at: _Site) -> ir.Value:
        first, *others = at.list_fields(0)
        return at.make_tuple([at.builder.fadd(first, at.values[1]), *others])

    return _describe(rows(rows, lanes), emit)


@_make_intrinsic
def transpose(  # noqa: PLR0917 - numba calls by position
    _: BaseContext,
    source: types.Type,
    source_offsets: types.Type,
    source_shift: types.Type,  # noqa: ARG001 - any integer
    target: types.Type,
    target_offsets: types.Type,
    target_shift: types.Type,  # noqa: ARG001 - any integer
) -> _Typed:
    """Transpose 16 rows of 16: `target[target_offsets[j] + target_shift + i] = source[source_offsets[i] + …]`.

    Both offsets are `int64[16]`: where each of the sixteen rows begins.
    """

    def emit(at: _Site) -> None:
        def point_rows(array: int) -> list[ir.Value]:
            offsets = [at.builder.load(at.point(array + 1, ir.IntType(64)(i))) for i in range(LANES)]
            return [at.point(array, at.builder.add(offset, at.values[array + 2])) for offset in offsets]

        rows = [at.load(pointer) for pointer in point_rows(0)]
        half = LANES // 2
        low = [i // 2 + i % 2 * LANES for i in range(LANES)]
        high = [place + half for place in low]
        for _ in range(4):  # 2^4 = 16: four perfect shuffles transpose
            rows = [at.shuffle(rows[i], rows[i + half], order) for i in range(half) for order in (low, high)]
        for row, pointer in zip(rows, point_rows(3), strict=True):
            at.store(row, pointer)

    kinds = (source, source_offsets, types.intp, target, target_offsets, types.intp)
    return _describe(types.void(*kinds), emit)


def _overload_arithmetic(symbol: Callable[..., object], instruction: str) -> None:
    @_make_intrinsic
    def calculate(_: BaseContext, left: types.Type, right: types.Type) -> _Typed:
        return _describe(_LANES_TYPE(left, right), lambda at: getattr(at.builder, instruction)(*at.values))

    @overload(symbol, inline="always")
    def _apply(left: types.Type, right: types.Type) -> Callable[..., Lanes] | None:
        if isinstance(left, LanesType) and isinstance(right, LanesType):

            def implement(left: types.Type, right: types.Type) -> Callable[..., Lanes] | None:
                return calculate(left, right)  # type: ignore[no-any-return]  # compiled, not called

            return implement  # type: ignore[return-value]  # numba wants the annotations of both alike
        return None


_overload_arithmetic(operator.add, "fadd")
_overload_arithmetic(operator.sub, "fsub")
_overload_arithmetic(operator.mul, "fmul")
_overload_arithmetic(operator.truediv, "fdiv")
