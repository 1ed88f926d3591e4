"""The shared libraries: present, or missed in words that name the package."""

import pytest
from cffi import FFI

from firmware.dsp import libraries


def test_nothing_is_missing_here() -> None:
    for soname in libraries.PACKAGES:
        libraries.load(FFI(), soname)


@pytest.mark.parametrize(
    ("soname", "package"), [("libspandsp.so.2", "libspandsp2"), ("libspeexdsp.so.1", "libspeexdsp1")]
)
def test_a_missing_library_names_the_debian_package(soname: str, package: str) -> None:
    class NoLibraries(FFI):  # type: ignore[misc]
        def dlopen(self, name: str, flags: int = 0) -> object:
            raise OSError(f"cannot load library '{name}'")

    with pytest.raises(libraries.LibraryMissing, match=f"install the Debian package {package}"):
        libraries.load(NoLibraries(), soname)
