"""Tables of plain text, for a terminal of 100 columns."""

from collections.abc import Sequence

WIDTH = 100


def render(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table: the first column to the left, the others to the right.

    A last column without a heading holds remarks: to the left.
    """
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row of {len(row)} cells under {len(header)} headings: {list(row)}")
    remarks = len(header) - 1 if header[-1] == "" else None
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [title]
    for row in (header, *rows):
        cells = [
            cell.ljust(width) if column in (0, remarks) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return "\n".join(lines)


def number(value: float | None, decimals: int = 1) -> str:
    """A figure, or a dash where nothing was measured."""
    return "-" if value is None else f"{value:.{decimals}f}"


def percent(rate: float | None) -> str:
    """A share of one, in percent."""
    return "-" if rate is None else f"{100 * rate:.1f} %"
