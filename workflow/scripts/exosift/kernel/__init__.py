"""The compiled kernel: made once, kept as machine code, loaded without numba.

The sources are compiled for this processor by numba, which takes seconds, and
the object code is kept in a file. Later runs load that file with llvmlite alone, which takes
hundredths of a second, where importing numba would take longer than trimming a small library.

The file is looked for, and kept, in the first of these folders that serves:

1. `__pycache__` beside the sources: where set-up puts it, and where all users of one installation
   find it, even if they may only read;
2. the user's own cache folder (`XDG_CACHE_HOME` or `~/.cache`, then `exosift`).

The environment variable `EXOSIFT_CACHE` names another folder instead. If none can be written, the
kernel is compiled in every run. The file's name holds a hash of the source, of the versions and of
the processor, so that machines of different kinds can share a home; it gets its name only when it
is whole, so that any number of processes may do this at once; and it begins with a checksum, since
damaged machine code would end the process without a word.
"""

import contextlib
import ctypes
import hashlib
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from exosift.errors import MachineError
from exosift.files import replacing

CHECKSUM_BYTES = 32
ADDRESS, NUMBER = ctypes.c_void_p, ctypes.c_int64
ARGUMENTS = {
    "find_lines": (ADDRESS, NUMBER, ADDRESS),
    "sift_records": (ADDRESS, ADDRESS, NUMBER) + (ADDRESS,) * 6,
    "count_inserts": (ADDRESS, NUMBER, ADDRESS, NUMBER, ADDRESS),
    "move_inserts": (ADDRESS, NUMBER, ADDRESS, NUMBER),
    "rank_inserts": (ADDRESS, NUMBER, ADDRESS, ADDRESS, ADDRESS, NUMBER),
    "copy_inserts": (ADDRESS, ADDRESS, NUMBER, ADDRESS, ADDRESS),
    "index_places": (ADDRESS, ADDRESS, ADDRESS, NUMBER, NUMBER, ADDRESS, ADDRESS),
    "match_inserts": (ADDRESS, NUMBER, NUMBER, *(ADDRESS,) * 7, NUMBER, ADDRESS),
    "write_records": (ADDRESS, ADDRESS, NUMBER, NUMBER, *(ADDRESS,) * 7),
    "write_unaligned": (ADDRESS, NUMBER, NUMBER, ADDRESS, ADDRESS),
    "write_sequences": (ADDRESS, NUMBER, NUMBER, ADDRESS, ADDRESS),
    "call_inserts": (ADDRESS, NUMBER, ADDRESS, NUMBER, *(ADDRESS,) * 13),
    "write_lines": (ADDRESS, NUMBER, NUMBER, *(ADDRESS,) * 7),
}


@dataclass(frozen=True)
class Kernel:
    """The functions of the sources, ready to be called with addresses.

    They release the GIL while they run; each thread needs a `Kernel` of its own.
    """

    find_lines: Callable[..., int]
    sift_records: Callable[..., int]
    count_inserts: Callable[..., int]
    move_inserts: Callable[..., int]
    rank_inserts: Callable[..., int]
    copy_inserts: Callable[..., int]
    index_places: Callable[..., int]
    match_inserts: Callable[..., int]
    write_records: Callable[..., int]
    write_unaligned: Callable[..., int]
    write_sequences: Callable[..., int]
    call_inserts: Callable[..., int]
    write_lines: Callable[..., int]
    engine: Any  # owns the machine code


def load_kernel() -> Kernel:
    """Load the compiled kernel, compiling it first where no folder holds it.

    Raises
    ------
    MachineError
        If llvmlite cannot run machine code here.
    """
    code = kept_code()
    if code is None:
        code = machine_code()
        keep(code)
    return link(code)


def compile_kernel() -> None:
    """Compile the kernel now, at set-up, if that was not done before."""
    if kept_code() is None:
        keep(machine_code())


def kept_code() -> bytes | None:
    """Read the object code from the first folder that holds it; None if none does."""
    name = file_name()
    for folder in cache_folders():
        with contextlib.suppress(OSError):
            stored = (folder / name).read_bytes()
            checksum, code = stored[:CHECKSUM_BYTES], stored[CHECKSUM_BYTES:]
            if hashlib.sha256(code).digest() == checksum:
                return code
    return None


def cache_folders() -> Iterator[Path]:
    """Give the folders that may hold the compiled kernel, the preferred one first."""
    if chosen := os.environ.get("EXOSIFT_CACHE"):
        yield Path(chosen)
        return
    yield Path(__file__).parent / "__pycache__"
    with contextlib.suppress(RuntimeError):  # a user without a home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "exosift"


def file_name() -> str:
    """Name the file after all that its content depends on."""
    parts = [
        *(source.read_bytes() for source in sorted(Path(__file__).parent.glob("*.py"))),
        llvmlite.__version__.encode(),
        platform.platform(terse=True).encode(),
        llvm.get_host_cpu_name().encode(),
        llvm.get_host_cpu_features().flatten().encode(),
    ]
    return f"kernel-{hashlib.sha256(b'|'.join(parts)).hexdigest()[:16]}.o"


def keep(code: bytes) -> None:
    """Put the object code into the first folder that can be written, if there is one."""
    name = file_name()
    for folder in cache_folders():
        with contextlib.suppress(OSError), replacing(folder / name) as part:
            part.write_bytes(hashlib.sha256(code).digest() + code)
            return


def machine_code() -> bytes:
    """Compile the sources for this processor with numba; give the object code."""
    from numba import cfunc, types

    from exosift.kernel import calls, matching, mirgff3, reads, records, table

    module = llvm.parse_assembly("")
    entrances: dict[str, tuple[Any, Any]] = {
        **reads.ENTRANCES,
        **table.ENTRANCES,
        **matching.ENTRANCES,
        **records.ENTRANCES,
        **calls.ENTRANCES,
        **mirgff3.ENTRANCES,
    }
    for name, (function, arguments) in entrances.items():
        compiled = cfunc(types.int64(*arguments), error_model="numpy")(function)
        part = llvm.parse_assembly(compiled.inspect_llvm())
        inner = compiled.native_name.removeprefix("cfunc.")
        for other in part.functions:
            # What reports exceptions to Python goes: there are none, and numba will not be there.
            if not other.is_declaration and other.name != inner:
                other.linkage = "internal"
        part.get_function(inner).name = f"exosift_{name}"
        module.link_in(part)
    machine = target_machine()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(3))
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def target_machine() -> Any:
    """Describe this processor to LLVM."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


def link(code: bytes) -> Kernel:
    """Make object code callable."""
    try:
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
    except RuntimeError as error:
        raise MachineError(f"The trimming kernel cannot be loaded here: {error}.") from None
    functions = {
        name: callable_at(engine.get_function_address(f"exosift_{name}"), arguments)
        for name, arguments in ARGUMENTS.items()
    }
    return Kernel(**functions, engine=engine)


def callable_at(address: int, arguments: tuple[Any, ...]) -> Callable[..., int]:
    """Wrap a compiled function, which by numba's custom hands back its result by address."""
    function = ctypes.CFUNCTYPE(ctypes.c_int32, ADDRESS, ADDRESS, *arguments)(address)
    result = NUMBER()
    result_address = ctypes.addressof(result)

    def call(*given: int) -> int:
        function(result_address, None, *given)
        return result.value

    return call
