"""JPEGs in every way of chroma that cameras use, by libturbojpeg, which ffmpeg's encoder lacks."""
import ctypes

SAMPLINGS = {"444": 0, "422": 1, "420": 2, "gray": 3, "440": 4, "411": 5}
RGB, QUALITY = 0, 80


class Library:
    """Loaded on first use."""
    _it = None

    @classmethod
    def get(cls):
        if cls._it is None:
            cls._it = ctypes.CDLL("libturbojpeg.so.0")
            cls._it.tjInitCompress.restype = ctypes.c_void_p
            cls._it.tjCompress2.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                                            ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_ulong), ctypes.c_int, ctypes.c_int, ctypes.c_int]
            cls._it.tjFree.argtypes = [ctypes.c_void_p]
            cls._it.tjDestroy.argtypes = [ctypes.c_void_p]
        return cls._it


def compressed(rgb, width, height, chroma):
    """One picture of 3 bytes a pixel as JPEG."""
    library = Library.get()
    handle = library.tjInitCompress()
    at, size = ctypes.c_void_p(), ctypes.c_ulong()
    try:
        if library.tjCompress2(handle, rgb, width, 0, height, RGB, ctypes.byref(at), ctypes.byref(size), SAMPLINGS[chroma], QUALITY, 0):
            raise RuntimeError(f"libturbojpeg makes no {width}x{height} JPEG of {chroma}")
        return ctypes.string_at(at, size.value)
    finally:
        library.tjFree(at)
        library.tjDestroy(handle)
