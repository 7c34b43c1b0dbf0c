"""What is out of order in a process is on each of its screens at once, and on those that come later."""

from console.realtime.hub import STREAM


def told(client):
    return [frame["degraded"] for frame in client.heard() if frame["kind"] == "heartbeat"]


def test_every_screen_of_the_process_is_told_at_once(house) -> None:
    clients = [house.connects(screen) for screen in (STREAM, "control")]
    house.hub.degraded(("store",))
    assert [told(client) for client in clients] == [[["store"]]] * 2
    house.hub.degraded(())
    assert [told(client) for client in clients] == [[[]]] * 2


def test_every_heartbeat_says_it_again(house) -> None:
    client = house.connects()
    house.hub.degraded(("store", "bus"))
    client.heard()
    house.time.passes(4.1)
    assert told(client) == [["store", "bus"]] * 2


def test_a_screen_that_comes_later_is_told_when_it_comes(house) -> None:
    assert told(house.connects()) == []
    house.hub.degraded(("bus",))
    assert told(house.connects("control")) == [["bus"]]


def test_the_position_in_such_a_frame_is_as_in_every_heartbeat(house) -> None:
    client = house.connects()
    house.notes("a", "b")
    house.hub.told("s1", 7)
    client.heard()
    house.hub.degraded(("store",))
    (frame,) = client.heard()
    assert (frame["seq"], frame["head"]) == (2, 7)
