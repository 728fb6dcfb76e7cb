"""What the command lines have in common."""

import argparse
from collections.abc import Callable, Sequence


def some_of(names: Sequence[str]) -> Callable[[str], list[str]]:
    """The type of an option that takes some of `names`, with commas between."""

    def parts(text: str) -> list[str]:
        chosen = [part.strip() for part in text.split(",")]
        for part in chosen:
            if part not in names:
                raise argparse.ArgumentTypeError(f"{part!r} is none of {', '.join(names)}")
        return chosen

    return parts
