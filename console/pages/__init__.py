"""The HTML pages: the list of shows, the live screens, the recap. They show; every change is a command."""

from console.pages import live, lobby, recap

HANDLERS = (*lobby.HANDLERS, *live.screen_routes(), live.watch, *recap.HANDLERS)
