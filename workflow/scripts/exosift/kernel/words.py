# mypy: ignore-errors
"""Words of 64 bits: what the kernel's functions share, and what numba has no name for.

Each intrinsic is an instruction or two of the processor, spoken to LLVM directly.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

ZERO = np.uint64(0)
ONE = np.uint64(1)
EVERY = np.uint64(0xFFFFFFFFFFFFFFFF)

BYTES = types.CPointer(types.uint8)
INTEGERS = types.CPointer(types.int64)
SHORT_INTEGERS = types.CPointer(types.int32)
WORDS = types.CPointer(types.uint64)


@intrinsic
def range_mask(typing_context, text, offset, low, span):  # noqa: ARG001, D103
    # Bit i is set where low <= text[offset + i] <= low + span, for 64 bytes. LLVM makes of it what
    # the processor has: one instruction with AVX-512, a few with AVX2, SSE2 or NEON.
    def generate(_context, builder, _signature, arguments):
        byte, word = ir.IntType(8), ir.IntType(64)
        vector = ir.VectorType(byte, 64)

        def everywhere(value):
            single = builder.insert_element(
                ir.Constant(vector, ir.Undefined), builder.trunc(value, byte), ir.IntType(32)(0)
            )
            order = ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
            return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), order)

        place = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), vector.as_pointer())
        loaded = builder.load(place)
        loaded.align = 1
        within = builder.icmp_unsigned(
            "<=", builder.sub(loaded, everywhere(arguments[2])), everywhere(arguments[3])
        )
        return builder.bitcast(within, word)

    return types.uint64(text, types.int64, types.int64, types.int64), generate


@intrinsic
def set_bits(typing_context, word):  # noqa: ARG001, D103
    def generate(_context, builder, _signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@intrinsic
def first_bit(typing_context, word):  # noqa: ARG001, D103
    def generate(_context, builder, _signature, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.uint64), generate


@intrinsic
def prefetch(typing_context, table, index):  # noqa: ARG001, D103
    def generate(_context, builder, _signature, arguments):
        number = ir.IntType(32)
        address = builder.bitcast(
            builder.gep(arguments[0], [arguments[1]]), ir.IntType(8).as_pointer()
        )
        kind = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        function = builder.module.globals.get("llvm.prefetch.p0") or ir.Function(
            builder.module, kind, "llvm.prefetch.p0"
        )
        builder.call(function, [address, number(1), number(3), number(1)])
        return ir.IntType(64)(0)

    return types.int64(table, types.int64), generate


@njit
def first_bits(count):
    """Give the word in which the bits 0 to count - 1 are set."""
    if count >= 64:
        return EVERY
    if count <= 0:
        return ZERO
    return (ONE << np.uint64(count)) - ONE


@njit
def word_at(plane, word, shift):
    """Read 64 bits that begin `shift` (0 to 63) bits into a word of a plane."""
    return (plane[word] >> np.uint64(shift)) | ((plane[word + 1] << ONE) << np.uint64(63 - shift))
