"""Sequence parameter sets of H.264, as far as tests change them."""


class Bits:
    """Reads the bits of a NAL unit, without its emulation prevention."""

    def __init__(self, unit):
        raw, zeros = bytearray(), 0
        for byte in unit:
            if byte != 3 or zeros < 2:
                raw.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        self.text = "".join(f"{byte:08b}" for byte in raw)
        self.at = 0

    def take(self, count):
        self.at += count
        return int(self.text[self.at - count:self.at], 2)

    def golomb(self):
        zeros = 0
        while self.text[self.at] == "0":
            self.at, zeros = self.at + 1, zeros + 1
        return self.take(zeros + 1) - 1


def escaped(raw):
    out = bytearray()
    for byte in raw:
        if byte <= 3 and out[-2:] == b"\0\0":
            out.append(3)
        out.append(byte)
    return bytes(out)


HIGH = (100, 110, 122, 244, 44, 83, 86, 118, 128)


def without_vui(unit):
    """The same set without its last part, which says how pictures are reordered and how many come in a second."""
    bits = Bits(unit)
    bits.take(8)
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()  # id
    if profile in HIGH:
        if bits.golomb() == 3:
            bits.take(1)
        bits.golomb(), bits.golomb(), bits.take(1)
        if bits.take(1):
            raise ValueError("scaling lists are not read")
    bits.golomb()  # bits of frame numbers
    if (order := bits.golomb()) == 0:
        bits.golomb()
    elif order == 1:
        raise ValueError("this way of picture order is not read")
    bits.golomb(), bits.take(1), bits.golomb(), bits.golomb()  # references, gaps, width, height
    if not bits.take(1):
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        for _ in range(4):
            bits.golomb()
    text = bits.text[:bits.at] + "0" + "1"
    text += "0" * (-len(text) % 8)
    return escaped(int(text[at:at + 8], 2) for at in range(0, len(text), 8))
