"""ONE WAY IN. Every command passes here: role → stored answer → expired → stale → decide → journal → fold → announce.

What a tick brought for one show is decided in sequence and committed once; the answers go out after the commit.
A commit that fails answers «cannot be stored now» to all of it and drops the folded show, to be read anew.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from console.clock import Clock, Ids
from console.core.messages import ENVELOPE_FIELDS, N_, SYSTEM, Actor, Command, Decision, Event, Recorded, Rejection
from console.core.observations import Batch
from console.core.show import Show
from console.core.slice import Context, Slice
from console.core.wire import described
from console.journal.driver import StoreUnavailableError
from console.journal.port import Answer, Journal, Key, ShowRow, Writing
from console.limits import COMMAND_AGE_MS
from console.lines import Accepted, GateError, Line, Outcome, Wish
from console.shows import Shows, follow

log = logging.getLogger(__name__)

Unstored = Callable[[str, str], None]


class ForbiddenError(GateError):
    """The actor's roles do not allow this command."""


class OtherContentError(GateError):
    """This `command_id` was used before, for something else."""


class Lookups(Protocol):
    """What a decision may know besides the show."""

    def context(self, show: Show, now_ms: int, fresh_id: str, actor: Actor) -> Context:
        """Products, presets and word lists as they are now."""
        ...


class Gate:
    """Submit commands; nothing else writes to a journal."""

    def __init__(  # noqa: PLR0913 - the composition root hands each collaborator by name
        self, *, journal: Journal, shows: Shows, slices: tuple[Slice, ...], lookups: Lookups, clock: Clock, ids: Ids
    ) -> None:
        self._journal = journal
        self._shows = shows
        self._owners = {command: piece for piece in slices for command in piece.commands}
        self._lookups = lookups
        self._clock = clock
        self._ids = ids
        self._lines: dict[str, Line] = {}
        self._mourners: list[Unstored] = []

    def on_unstored(self, listener: Unstored) -> None:
        """`listener(show id, reason)` is called whenever what was wished could not be stored."""
        self._mourners.append(listener)

    async def submit(
        self, show_id: str, command: Command, actor: Actor = SYSTEM, *, cause: int | None = None
    ) -> Accepted | Rejection:
        """Decide and store one command; returns after the commit.

        Raises UnknownShowError, GateError kinds, StoreUnavailableError when it cannot be stored now.
        """
        if not actor.may(command.roles):
            raise ForbiddenError(type(command).__name__)
        wish = Wish(command, actor, cause)
        line = self._lines.setdefault(show_id, Line())
        line.add(wish)
        if line.task is None:
            line.task = asyncio.create_task(self._drain(show_id, line))
        outcome = await wish.done
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def create(self, row: ShowRow, command: Command, actor: Actor = SYSTEM) -> Accepted | Rejection:
        """A new show and its first row, in one transaction: both are stored, or neither. Raises as `submit`."""
        if not actor.may(command.roles):
            raise ForbiddenError(type(command).__name__)
        try:
            outcome = await self._write_first(row, Wish(command, actor, None))
        except StoreUnavailableError as error:
            self._mourn(row.id, error.reason)
            raise
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _drain(self, show_id: str, line: Line) -> None:
        try:
            while wishes := line.take():
                await self._settle_all(show_id, wishes)
                await asyncio.sleep(0)  # a store that answers inline never lets go of the loop, and nobody would hear
        finally:
            line.task = None
            if not line.waiting:
                self._lines.pop(show_id, None)

    async def _settle_all(self, show_id: str, wishes: list[Wish]) -> None:
        try:
            await self._write(show_id, wishes)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, every waiting caller must hear it
            for wish in wishes:
                wish.settle(error)
            if isinstance(error, StoreUnavailableError):
                self._mourn(show_id, error.reason)

    def _mourn(self, show_id: str, reason: str) -> None:
        for listener in self._mourners:
            listener(show_id, reason)

    async def _write(self, show_id: str, wishes: list[Wish]) -> None:
        """The fold moves ahead of the commit, so nobody else may look at it until then and all have been told."""
        await self._shows.get(show_id)
        async with self._journal.writing(show_id) as writing, self._shows.alone(show_id) as show:
            rows = await writing.rows_after(show.seq)
            for row in rows:
                await follow(show, row, writing.row)
            outcomes = [await self._settle(writing, show, wish, rows) for wish in wishes]
            await writing.commit()
            for wish, outcome in zip(wishes, outcomes, strict=True):
                wish.settle(outcome)
            if rows:
                self._shows.announce(show, rows)

    async def _write_first(self, row: ShowRow, wish: Wish) -> Outcome:
        rows: list[Recorded] = []
        async with self._shows.new(row) as show, self._journal.creating(row) as writing:
            outcome = await self._settle(writing, show, wish, rows)
        if rows:
            self._shows.announce(show, rows)
        return outcome

    async def _settle(self, writing: Writing, show: Show, wish: Wish, rows: list[Recorded]) -> Outcome:
        asked = command_digest(wish.command) if wish.command.remembered else None
        if asked and (stored := await writing.answer(wish.command.command_id)):
            return _replayed(stored, asked)
        now_ms = self._clock.now_ms()
        if refused := _refused_at_the_door(show, wish.command, now_ms):
            return refused
        command, sifted = await self._sift(writing, wish)
        context = self._lookups.context(show, now_ms, self._ids.fresh(), wish.actor)
        if seq := show.lacks(command):
            context = replace(context, row=await writing.row(seq))
        piece = self._owners[type(command)]
        decision = _decided(piece, show, command, context)
        if isinstance(decision, Rejection | Exception):
            return decision
        new = _recorded(show, decision, wish, now_ms)
        accepted = Accepted(
            seq=new[-1].seq if new else show.seq, body=_answer(show, new), rows=tuple(new),
            duplicates=sifted.duplicates, conflicts=sifted.conflicts,
        )  # fmt: skip
        await self._store(writing, show, accepted.rows, sifted.digests)
        if asked:
            await writing.remember(wish.command.command_id, Answer(asked, accepted.body))
        rows += new
        return accepted

    async def _store(self, writing: Writing, show: Show, rows: tuple[Recorded, ...], digests: dict[Key, bytes]) -> None:
        if rows:
            await writing.append(list(rows))
            await writing.mark_seen(digests)
        for row in rows:
            show.evolve(row)

    async def _sift(self, writing: Writing, wish: Wish) -> tuple[Command, "_Sifted"]:
        command = wish.command
        if not isinstance(command, Batch):
            return command, _Sifted()
        sifted = _sift(command, wish.said, await writing.known([key for key, _ in wish.said]))
        return replace(command, items=sifted.kept), sifted


def _decided(piece: Slice, show: Show, command: Command, context: Context) -> Decision | Exception:
    """One wish that cannot be decided must not take down those that came with it: nothing of it is written yet."""
    try:
        return piece.decide(show.states[piece.name], command, context)
    except Exception as error:
        log.exception("show %s: %s could not be decided", show.id, type(command).__name__)
        return error


class _Sifted(Struct, frozen=True):
    """`digests` of what was kept, as it came in: verdicts that `decide` adds must not make a repeat look different."""

    kept: tuple[Any, ...] = ()
    digests: dict[Key, bytes] = {}
    duplicates: tuple[int, ...] = ()
    conflicts: tuple[int, ...] = ()


def _sift(command: Batch, said: list[tuple[Key, bytes]], known: dict[Key, bytes]) -> _Sifted:
    kept, duplicates, conflicts = [], [], []
    digests: dict[Key, bytes] = {}
    for index, (key, says) in enumerate(said):
        before = known.get(key) or digests.get(key)
        if before is None:
            digests[key] = says
            kept.append(command.items[index])
        elif before == says:
            duplicates.append(index)
        else:
            conflicts.append(index)
    return _Sifted(tuple(kept), digests, tuple(duplicates), tuple(conflicts))


def command_digest(command: Command) -> bytes:
    """SHA-256 over type and fields, without the envelope: what «the same content» means for a retry."""
    fields = msgspec.to_builtins(command)
    content = {name: value for name, value in fields.items() if name not in ENVELOPE_FIELDS}
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).digest()


def _replayed(stored: Answer, asked: bytes) -> Outcome:
    if stored.digest != asked:
        return OtherContentError()
    return Accepted(seq=int(msgspec.json.decode(stored.body)["seq"]), body=stored.body)


def _refused_at_the_door(show: Show, command: Command, now_ms: int) -> Rejection | None:
    if not isinstance(command, Batch) and abs(now_ms - command.issued_at) > COMMAND_AGE_MS:
        return Rejection(
            N_(
                "This was pressed more than 5 seconds ago or by a clock that is wrong; look at the screen and press again."
            ),
            code="expired",
        )
    changed = show.changed_since(command.touches(), command.seen) if command.seen is not None else []
    if changed:
        return Rejection(
            N_("This has changed since your screen showed it; look at the new values and press again."),
            code="stale",
            now={"changed": changed},
        )
    if show.header.status not in command.while_status:
        return Rejection(_WRONG_STATUS[show.header.status])
    return None


_WRONG_STATUS = {
    "planned": N_("The show has not started yet; start it first."),
    "live": N_("The show is live; this is only possible before it starts."),
    "ended": N_("The show has ended; its record can no longer be changed."),
}


def _recorded(show: Show, events: list[Event], wish: Wish, now_ms: int) -> list[Recorded]:
    return [
        Recorded(
            show_id=show.id, seq=show.seq + offset, at_ms=max(now_ms, show.at_ms), actor=wish.actor.id, event=event,
            cause=wish.cause, command_id=wish.command.command_id,
        )
        for offset, event in enumerate(events, start=1)
    ]  # fmt: skip


def _answer(show: Show, rows: list[Recorded]) -> bytes:
    created = {row.event.creates: getattr(row.event, row.event.creates) for row in rows if row.event.creates}
    named = {name: getattr(value, "id", value) for name, value in created.items()}
    seq = rows[-1].seq if rows else show.seq
    return msgspec.json.encode({"seq": seq, "events": [described(row) for row in rows], **named})
