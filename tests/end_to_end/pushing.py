"""What tests of --worker-program push share: a program that can be pushed.

It is SOCKMARK if that is static (scripts/test --static). If not, it is a copy of it beside a small static program
(static_stand_in.cc), which is pushed and becomes the program that the environment variable SOCKMARK names.
"""

import os
import shutil
from pathlib import Path

from harness import ROOT, SOCKMARK

STAND_IN = os.environ.get("SOCKMARK_STAND_IN", ROOT / "build/tests/end_to_end/static_stand_in")
IS_STATIC = b"/ld-" not in Path(SOCKMARK).read_bytes()[:4096]  # the name of an interpreter
PUSH = ("--worker-program", "push")


def program_that_pushes(folder):
    """Its path; `folder` is an existing one."""
    if IS_STATIC:
        return SOCKMARK
    shutil.copy(STAND_IN, f"{folder}/sockmark-static")
    return shutil.copy(SOCKMARK, f"{folder}/sockmark")
