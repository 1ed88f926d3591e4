"""Opens the shared C libraries by cffi's ABI mode; knows none of their functions."""

from typing import Any

from cffi import FFI

# Any is right for these two: what cffi returns takes its attributes from C declarations that no type checker reads.
Library = Any
CData = Any

PACKAGES = {"libspandsp.so.2": "libspandsp2", "libspeexdsp.so.1": "libspeexdsp1"}


class LibraryMissing(RuntimeError):
    """A shared library cannot be loaded; the text names the Debian package that brings it."""


def declare(source: str) -> FFI:
    """Parse C declarations."""
    ffi = FFI()
    ffi.cdef(source)
    return ffi


def load(ffi: FFI, soname: str) -> Library:
    """Load a library by soname. Raises LibraryMissing."""
    try:
        return ffi.dlopen(soname)
    except OSError as error:
        package = PACKAGES[soname]
        raise LibraryMissing(f"{soname} cannot be loaded ({error}): install the Debian package {package}") from error
