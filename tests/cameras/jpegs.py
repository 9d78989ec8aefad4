"""JPEGs in every way of chroma that cameras use, by libturbojpeg, which ffmpeg's encoder lacks."""
import ctypes
import functools

SAMPLINGS = {"444": 0, "422": 1, "420": 2, "gray": 3, "440": 4, "411": 5}
RGB, QUALITY = 0, 80


@functools.cache
def loaded():
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    library.tjCompress2.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                                    ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_ulong), ctypes.c_int, ctypes.c_int, ctypes.c_int]
    library.tjFree.argtypes = [ctypes.c_void_p]
    library.tjDestroy.argtypes = [ctypes.c_void_p]
    return library


def compressed(rgb, width, height, chroma):
    """One picture of 3 bytes a pixel as JPEG."""
    library = loaded()
    handle = library.tjInitCompress()
    at, size = ctypes.c_void_p(), ctypes.c_ulong()
    try:
        if library.tjCompress2(handle, rgb, width, 0, height, RGB, ctypes.byref(at), ctypes.byref(size), SAMPLINGS[chroma], QUALITY, 0):
            raise RuntimeError(f"libturbojpeg makes no {width}x{height} JPEG of {chroma}")
        return ctypes.string_at(at, size.value)
    finally:
        library.tjFree(at)
        library.tjDestroy(handle)
