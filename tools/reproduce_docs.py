#!/usr/bin/env python3
"""Writes docs/reproduce.md and its pictures from a run of `ecnas reproduce`.

    tools/reproduce_docs.py DIR

DIR is what `ecnas reproduce --output DIR --data …` made. Pictures of many points are taken as PNG,
the others as SVG.
"""

import pathlib
import re
import shutil
import sys

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
PICTURES = DOCS / "images" / "reproduce"
LARGEST_SVG = 150_000  # bytes

HEAD = """# EC-NAS, reproduced

```sh
ecnas reproduce --output again --data DIR
```

makes, offline, everything below: `again/index.html`, one page to explore that needs no network;
`again/figures`, each figure as SVG, PDF and PNG; `again/tables`, each table as CSV. DIR holds the
published files (or `ECNAS_DATA_DIR` names it); without them the page is made from the built-in
benchmark alone ([card](benchmark-card.md)) and says what is missing. The published numbers are read
from [`ec-nas-2024.json`](../apps/ecnas/published/ec-nas-2024.json).

What follows was written by that command.

"""


def main():
    made = pathlib.Path(sys.argv[1])
    text = (made / "reproduce.md").read_text(encoding="utf-8")
    text = text.split("\n", 1)[1].lstrip("\n")  # the head has the title
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)

    def picture(match):
        svg = made / "figures" / f"{match[1]}.svg"
        chosen = svg if svg.stat().st_size <= LARGEST_SVG else svg.with_suffix(".png")
        shutil.copy(chosen, PICTURES / chosen.name)
        return f"(images/reproduce/{chosen.name})"

    text = re.sub(r"\(figures/([a-z0-9-]+)\.svg\)", picture, text)
    (DOCS / "reproduce.md").write_text(HEAD + text, encoding="utf-8")


if __name__ == "__main__":
    main()
