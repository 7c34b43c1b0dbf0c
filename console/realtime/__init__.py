"""ONE WAY OUT. A show moves → `hub` tells each channel (one show, one screen, one language) → its `sources` say what
changed, as patches or as JSON → `channel` builds one frame, keeps it in its `ring` and writes it to every `watcher` by
the `sendloop`.

`protocol` decides what is said and when a socket must go, without a socket; `wire` turns that into websocket bytes;
`fanout` takes an accepted transport over from uvicorn; `socket` holds the two routes; `server` runs it all; `bus` says
how far a show has come elsewhere.
"""
