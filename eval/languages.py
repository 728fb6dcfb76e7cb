"""Which of two languages is spoken: how often the program is right, and how much it has to hear."""

from dataclasses import dataclass
from statistics import fmean

from clips import Clip
from command import Dragoman
from measure import Tick


@dataclass(frozen=True)
class Told:
    """One language, told from another."""

    pair: tuple[str, str]
    """English, and the other of the conversation."""
    spoken: str
    clips: int
    right: int
    heard_s: float | None
    """Of speech, until it was told; the mean."""


def tell(dragoman: Dragoman, clips: list[Clip], pair: tuple[str, str], spoken: str, tick: Tick) -> Told:
    """Lets the program say of recordings in one of two languages which it is."""
    lines = dragoman.identify(pair, [clip.path for clip in clips])
    found = [line.split() for line in lines]
    heard = [float(cells[2]) for cells in found if len(cells) == 3]
    for _ in clips:
        tick(f"language {'|'.join(pair)}")
    return Told(pair, spoken, len(clips), sum(cells[0] == spoken for cells in found), fmean(heard) if heard else None)
