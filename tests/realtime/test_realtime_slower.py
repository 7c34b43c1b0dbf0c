"""A lane that is slowed down comes less often, whole and counted; the others and the state keep their pace."""

from console.realtime.hub import STREAM


def came(house, client, seconds: float = 10.0) -> dict[str, int]:
    """Frames of each kind while the room talks and the desk writes ten times a second."""
    client.heard()
    for n in range(round(seconds * 10)):
        house.online(n)
        house.comments(f"{house.time.s} {n}")
        house.notes(str(n))
        house.time.passes(0.1)
    kinds = client.kinds()
    return {kind: kinds.count(kind) for kind in ("metrics", "comments", "events")}


def test_numbers_and_comments_come_less_often_and_the_rows_as_ever(house) -> None:
    client = house.connects(STREAM)
    usual = came(house, client)
    house.hub.slow({"metrics": 5.0})
    numbers = came(house, client)
    house.hub.slow({"metrics": 5.0, "comments": 1.0})
    both = came(house, client)
    assert usual["metrics"] >= 9
    assert (usual["comments"], usual["events"]) == (numbers["comments"], numbers["events"])
    assert numbers["metrics"] <= 3
    assert both["metrics"] <= 2
    assert both["comments"] <= 11
    assert both["events"] == usual["events"]


def test_a_channel_that_is_drawn_meanwhile_is_slow_too(house) -> None:
    house.hub.slow({"metrics": 5.0})
    assert came(house, house.connects(STREAM))["metrics"] <= 3


def test_what_waits_is_said_as_soon_as_there_is_no_need_to_wait(house) -> None:
    client = house.connects(STREAM)
    house.hub.slow({"metrics": 5.0})
    house.online(1)
    house.online(2)
    client.heard()
    house.hub.slow({})
    assert [frame["values"] for frame in client.heard() if frame["kind"] == "metrics"] == [{"online": 2}]
    house.online(3)
    house.time.passes(1.1)
    assert client.kinds().count("metrics") == 1


def test_no_comment_is_left_out_of_a_slow_lane(house) -> None:
    client = house.connects(STREAM)
    house.hub.slow({"comments": 1.0})
    for n in range(30):
        house.comments(f"said {n}")
        house.time.passes(0.1)
    house.time.passes(2)
    frames = [frame for frame in client.heard() if frame["kind"] == "comments"]
    assert [item["text"] for frame in frames for item in frame["items"]] == [f"said {n}" for n in range(30)]
    assert sum(frame["dropped"] for frame in frames) == 0


def test_more_comments_than_a_frame_holds_are_counted(house) -> None:
    client = house.connects(STREAM)
    house.comments("first")
    house.hub.slow({"comments": 1.0})
    client.heard()
    for n in range(450):
        house.comments(f"said {n}")
    house.time.passes(1.1)
    (frame,) = [frame for frame in client.heard() if frame["kind"] == "comments"]
    assert (len(frame["items"]), frame["dropped"]) == (200, 250)
