"""What happened to the numbers besides what the room reported itself."""

from console.core.messages import Event


class NumbersReported(Event, frozen=True):
    """Figures a person read off a platform's dashboard as of an instant (epoch ms); cumulative since the show began."""

    counters: dict[str, int]
    as_of: int


EVENTS: tuple[type[Event], ...] = (NumbersReported,)
