"""What all tests share: the order in which they start."""

import json
from pathlib import Path

STATUS = Path(__file__).resolve().parent.parent / "book" / "status.json"


def pytest_collection_modifyitems(items):
    """Start the longest chapters first, so that two workers end at about one time."""
    if not STATUS.exists():
        return
    chapters = json.loads(STATUS.read_text("utf-8"))["chapters"]

    def length(item):
        return -chapters.get(item.nodeid.split(".ipynb")[0], {"seconds": 0})["seconds"]

    items.sort(key=length)
