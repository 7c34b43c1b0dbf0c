"""A right that ends on one node, or by the command line, ends on every node within two seconds."""

import asyncio
import os
import subprocess
import sys
import uuid

import httpx
import pytest
from nodes import ROOT, until
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from console.cli.shell import run_with_desk
from console.settings import Settings

WITHIN_S = 2.0
PASSWORD = "a long password 9"


class Person:
    """Signed in once; the cookie is good on every node, for it is a row."""

    def __init__(self, person_id: str, name: str) -> None:
        self.id = person_id
        self.name = name
        self.cookie = ""

    async def signs_in(self, client):
        async with browser(client) as asking:
            token = (await asking.get("/sign-in")).text.split('name="csrf" value="')[1].split('"')[0]
            fields = {"name": self.name, "password": PASSWORD, "csrf": token, "next": "/shows"}
            answer = await asking.post("/sign-in", data=fields, headers={"Origin": client.url})
        assert answer.status_code == 303, answer.text
        self.cookie = f"console_session={answer.cookies['console_session']}"

    def watches(self, client, show):
        address = f"{client.url.replace('http', 'ws')}/live/{show}/host"
        return connect(address, additional_headers={"Cookie": self.cookie}, origin=client.url)


async def beside(pair, work):
    """Another process's hand: its own connections to the same store."""
    return await asyncio.to_thread(run_with_desk, Settings.read(pair.told), work)


async def closed(socket):
    """The code of its end."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else 1006


def word(pair, *words):
    """Of the command line."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSOLE_")}
    command = [sys.executable, "-c", "from console.cli import main; main()", *words]
    return subprocess.run(command, env=kept | pair.told, cwd=ROOT, capture_output=True, text=True, check=True)


async def signs_out(pair, person):
    async with browser(pair.a, person) as client:
        token = (await client.get("/shows")).text.split('name="csrf" content="')[1].split('"')[0]
        answer = await client.post("/sign-out", data={"csrf": token}, headers={"Origin": pair.a.url})
    assert answer.status_code == 303


def browser(client, person=None):
    return httpx.AsyncClient(base_url=client.url, headers={"Cookie": person.cookie} if person else {})


async def disabled(pair, person):
    await asyncio.to_thread(word, pair, "user", "disable", person.id)


async def other_roles(pair, person):
    await beside(pair, lambda desk: desk.accounts.set_roles(person.id, ["moderator"]))


async def another_password(pair, person):
    await beside(pair, lambda desk: desk.accounts.set_password(person.id, PASSWORD + "0"))


ENDS = {
    "signs out": (signs_out, 4401),
    "disabled": (disabled, 4401),
    "roles": (other_roles, 4403),
    "password": (another_password, 4401),
}


@pytest.mark.parametrize("how", ENDS)
async def test_it_ends_on_both_nodes(pair, how):
    name = f"P {uuid.uuid4()}"
    made = await beside(pair, lambda desk: desk.accounts.add_person(name, ["host"], PASSWORD))
    person, end = Person(made.id, name), ENDS[how]
    await person.signs_in(pair.a)
    show = await pair.a.show()
    async with person.watches(pair.a, show) as one, person.watches(pair.b, show) as two:
        await asyncio.gather(one.recv(), two.recv())
        ends = [asyncio.create_task(closed(socket)) for socket in (one, two)]
        await end[0](pair, person)
        took_s = await until(lambda: all(task.done() for task in ends), WITHIN_S)
    assert took_s < WITHIN_S
    assert [task.result() for task in ends] == [end[1]] * 2
    for client in (pair.a, pair.b):
        async with browser(client, person) as asking:
            status = (await asking.get(f"/shows/{show}/host")).status_code
        assert status == (403 if how == "roles" else 303)
