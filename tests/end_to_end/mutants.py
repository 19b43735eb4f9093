"""Changes valid bytes by chance, as an attacker does who knows the format: each seed gives one mutant."""

import random
import struct

LENGTH_AT = 8  # of the length field in the header of every frame
LENGTHS = (0, 1, 99, 101, 0x7FFF, 0x10000, 0x400001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def _flip(chance, data):
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(chance, data):
    del data[chance.randrange(len(data)):]


def _remove(chance, data):
    at = chance.randrange(len(data))
    del data[at:at + chance.choice((1, 2, 4, 40))]


def _insert(chance, data):
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.choice((chance.randbytes(chance.choice((1, 4, 40, 4000))), bytes(4), b"\xff" * 4, b"\n"))


def _repeat(chance, data):
    at = chance.randrange(len(data))
    piece = data[at:at + chance.choice((1, 12, 100))]
    data[at:at] = piece


def _length(chance, data):
    data[LENGTH_AT:LENGTH_AT + 4] = struct.pack(">I", chance.choice(LENGTHS))


KINDS = (_flip, _flip, _cut, _remove, _insert, _repeat, _length)


def mutant_of_bytes(data, seed):
    """`data`, which begins with a frame, changed."""
    chance = random.Random(seed)
    while True:
        changed = bytearray(data)
        chance.choice(KINDS)(chance, changed)
        if changed != data:
            return bytes(changed)


def mutant_of_frames(frames, seed):
    """A sequence of frames, of which some are missing, repeated, in another order or changed themselves."""
    chance = random.Random(seed)
    changed = list(frames)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at, other = chance.randrange(len(changed)), chance.randrange(len(changed))
        kind = chance.randrange(6)
        if kind == 0 and len(changed) > 1:
            del changed[at]
        elif kind == 1:
            changed.insert(other, changed[at])
        elif kind == 2:
            changed[at], changed[other] = changed[other], changed[at]
        else:
            changed[at] = mutant_of_bytes(changed[at], chance.random())
    return changed
