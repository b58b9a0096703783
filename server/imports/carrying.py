"""Files in which only an order's first line says what holds for all of its lines."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from server.imports.csv_source import Dialect, Line
from server.imports.mapping import OF_THE_LINE, Mapping


def carried(lines: Iterable[Line], mapping: Mapping, dialect: Dialect) -> Iterator[Line]:
    """Yield the lines, each with what the first line of its order says where it says nothing itself."""
    if not mapping.formats.carried:
        yield from lines
        return
    own = {getattr(mapping.columns, name) for name in OF_THE_LINE}
    order = dialect.header.index(mapping.columns.order)
    places = [place for place, name in enumerate(dialect.header) if name not in own and place != order]
    first: dict[str, Sequence[str]] = {}
    for line in lines:
        if line.broken is not None or not (name := line.values[order].strip()):
            yield line
        elif (before := first.get(name)) is None:
            first[name] = tuple(line.values)
            yield line
        else:
            values = list(line.values)
            for place in places:
                values[place] = values[place] or before[place]
            yield msgspec.structs.replace(line, values=values)
