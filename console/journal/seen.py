"""Which observations a show has: the two statements that run for hundreds of items at once, each engine's own way.

Core would bind every item of an IN list and of an insert by itself, at several times the cost of the store's work.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from console.journal.port import Key

Digests = Mapping[Key, bytes]


class _Statements(NamedTuple):
    """`known` gives (id, digest) of the asked ids of one source; `mark` adds."""

    known: str
    asked: Callable[[list[str]], Any]
    mark: str
    marked: Callable[[str, Digests], Any]


def known(connection: Connection, show_id: str, keys: Iterable[Key]) -> dict[Key, bytes]:
    """Digests of those keys that are there."""
    statements = _STATEMENTS[connection.dialect.name]
    return {
        (source, item): digest
        for source, ids in _by_source(keys).items()
        for item, digest in connection.exec_driver_sql(statements.known, (show_id, source, statements.asked(ids)))
    }


def mark(connection: Connection, show_id: str, digests: Digests) -> None:
    """Add all. Raises IntegrityError for a key that is there."""
    statements = _STATEMENTS[connection.dialect.name]
    if digests:
        connection.exec_driver_sql(statements.mark, statements.marked(show_id, digests))


def _by_source(keys: Iterable[Key]) -> dict[str, list[str]]:
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for source, item in keys:
        ids[source].append(item)
    return ids


def _rows(show_id: str, digests: Digests) -> list[tuple[str, str, str, bytes]]:
    return [(show_id, source, item, digest) for (source, item), digest in digests.items()]


def _columns(show_id: str, digests: Digests) -> tuple[Any, ...]:
    return (show_id, [source for source, _ in digests], [item for _, item in digests], list(digests.values()))


def _json(ids: list[str]) -> str:
    return msgspec.json.encode(ids).decode()


_STATEMENTS = {
    "sqlite": _Statements(
        known="SELECT seen.id, digest FROM json_each(?3) AS asked CROSS JOIN seen"
        " WHERE show_id = ?1 AND source = ?2 AND seen.id = asked.value",
        asked=_json,
        mark="INSERT INTO seen (show_id, source, id, digest) VALUES (?, ?, ?, ?)",
        marked=_rows,
    ),
    "postgresql": _Statements(
        # Asked one by one: = ANY would be a filter over all that the source ever sent, to a planner without statistics.
        known="SELECT asked.id, digest FROM unnest($3::varchar[]) AS asked (id) CROSS JOIN LATERAL"
        " (SELECT digest FROM seen WHERE show_id = $1 AND source = $2 AND id = asked.id OFFSET 0) AS found",
        asked=list,
        mark="INSERT INTO seen (show_id, source, id, digest)"
        " SELECT $1, * FROM unnest($2::varchar[], $3::varchar[], $4::bytea[])",
        marked=_columns,
    ),
}
