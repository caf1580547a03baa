"""Sees to it that the browser tests have a browser: Debian's Chromium, installed when we may.

Not a test: `make test` runs it first, because installing takes as long as it takes.
"""

import os
import shutil
import subprocess
import sys

CHROMIUM = "chromium"


def main() -> int:
    if shutil.which(CHROMIUM):
        return 0
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print("tests: no Chromium here, and it cannot be installed: THE BROWSER TESTS WILL BE SKIPPED", file=sys.stderr)
        return 0
    print("tests: installing Chromium for the browser tests (about a minute)", file=sys.stderr)
    quiet = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    }
    updated = subprocess.run([apt, "update"], check=False, **quiet)
    installed = subprocess.run(
        [apt, "install", "-y", "--no-install-recommends", CHROMIUM, "fonts-dejavu-core"], check=False, **quiet
    )
    if updated.returncode or installed.returncode:
        print("tests: Chromium could not be installed: THE BROWSER TESTS WILL BE SKIPPED", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
