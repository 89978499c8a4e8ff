"""Usage: unpack_wheels.py FOLDER WHEEL...

Copies what a build needs out of the oneDNN wheels into FOLDER: include/, share/doc/onednn/ and one lib/libdnnl.so.X.Y.
A wheel cannot hold links, so these carry the same 54 MB library under three names; the caller makes the links.
"""

import re
import shutil
import sys
import zipfile
from pathlib import Path

WANTED = re.compile(r"[^/]+\.data/data/(include/.+|lib/libdnnl\.so\.\d+\.\d+|share/doc/onednn/.+)")

folder = Path(sys.argv[1])
for wheel in sys.argv[2:]:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            match = WANTED.fullmatch(name)
            if match is None or ".." in name:
                continue
            target = folder / match.group(1)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, open(target, "wb") as destination:
                shutil.copyfileobj(source, destination)
