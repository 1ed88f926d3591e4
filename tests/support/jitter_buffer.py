"""The engine's own jitter buffer, as its streams of G.711 have it, fed and read by hand: time is what the test says."""

import ctypes
import sys
from types import TracebackType
from typing import Self

_FRAME_BYTES, _FRAME_MS = 80, 10
_FRAMES = 20  # 200 ms
_PREFETCH_LEAST, _PREFETCH_MOST = 1, 16
_NORMAL = 1  # PJMEDIA_JB_NORMAL_FRAME


class _Text(ctypes.Structure):
    """pj_str_t."""

    _fields_ = (("ptr", ctypes.c_char_p), ("slen", ctypes.c_ssize_t))


class JitterBuffer:
    """Frames by number. The engine must run; one thread's own."""

    def __init__(self) -> None:
        self._engine = ctypes.CDLL(sys.modules["_pjsua2"].__file__)
        self._engine.pjsua_pool_create.restype = ctypes.c_void_p
        self._pool = ctypes.c_void_p()
        self._buffer = ctypes.c_void_p()
        self._frame = ctypes.create_string_buffer(_FRAME_BYTES)

    def __enter__(self) -> Self:
        size = ctypes.c_size_t(4000)
        self._pool = ctypes.c_void_p(self._engine.pjsua_pool_create(b"jitter", size, size))
        name, made = _Text(b"jitter", 6), ctypes.byref(self._buffer)
        status = self._engine.pjmedia_jbuf_create(
            self._pool, ctypes.byref(name), _FRAME_BYTES, _FRAME_MS, _FRAMES, made
        )
        assert status == 0
        self._engine.pjmedia_jbuf_set_adaptive(self._buffer, 0, _PREFETCH_LEAST, _PREFETCH_MOST)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.pjmedia_jbuf_destroy(self._buffer)
        self._engine.pj_pool_release(self._pool)

    def put(self, number: int) -> None:
        """A frame has come."""
        size = ctypes.c_size_t(_FRAME_BYTES)
        self._engine.pjmedia_jbuf_put_frame3(self._buffer, self._frame, size, 0, number, 0, None)

    def get(self) -> int | None:
        """The frame that the bridge gets at a tick; None: none, one is made up."""
        kind, number, size = ctypes.c_char(), ctypes.c_int(-1), ctypes.c_size_t(_FRAME_BYTES)
        self._engine.pjmedia_jbuf_get_frame3(
            self._buffer, self._frame, ctypes.byref(size), ctypes.byref(kind), None, None, ctypes.byref(number)
        )
        return number.value if kind.value[0] == _NORMAL else None
