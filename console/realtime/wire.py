"""Websocket bytes, with the `websockets` package's own frame code. The parsing state of an idle socket is two fields."""

from collections.abc import Generator

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Close, CloseCode, Frame, Opcode

from console.realtime.protocol import INVALID_TEXT, MESSAGE_BYTES, PROTOCOL_ERROR, TOO_BIG

PING = Frame(Opcode.PING, b"").serialize(mask=False)
Message = tuple[Opcode, bytes]


class WireError(Exception):
    """The peer broke the protocol; `code` is the close to answer with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def text(payload: bytes) -> bytes:
    """A whole unmasked text frame, as servers send them."""
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


def pong(payload: bytes) -> bytes:
    """The answer to a ping."""
    return Frame(Opcode.PONG, payload).serialize(mask=False)


def close(code: int, reason: str = "") -> bytes:
    """A close frame; the codes that must not travel become an empty one."""
    payload = b"" if code in (CloseCode.NO_STATUS_RCVD, CloseCode.ABNORMAL_CLOSURE) else Close(code, reason).serialize()
    return Frame(Opcode.CLOSE, payload).serialize(mask=False)


def close_code(payload: bytes) -> int:
    """The code of a received close. Raises WireError when it is none."""
    try:
        return Close.parse(payload).code
    except (ProtocolError, UnicodeDecodeError) as error:
        raise WireError(PROTOCOL_ERROR, "malformed close") from error


class Reader:
    """Bytes in, whole messages and control frames out. Holds at most one unfinished message."""

    __slots__ = ("_at", "_begun", "_data", "_opcode")

    def __init__(self) -> None:
        self._data = b""
        self._at = 0
        self._opcode: Opcode | None = None
        self._begun = b""

    def feed(self, data: bytes) -> list[Message]:
        """Every message that `data` completes. Raises WireError; the reader is then of no further use."""
        self._data += data
        messages = []
        start = 0
        while (frame := self._next(start)) is not None:
            start = self._at
            message = self._join(frame)
            if message:
                messages.append(message)
        self._data = self._data[start:]
        return messages

    def _next(self, start: int) -> Frame | None:
        self._at = start
        try:
            next(Frame.parse(self._exactly, mask=True, max_size=MESSAGE_BYTES))
        except StopIteration as done:
            frame: Frame = done.value
            return frame
        except ProtocolError as error:
            raise WireError(PROTOCOL_ERROR, str(error)) from error
        except PayloadTooBig as error:
            raise WireError(TOO_BIG, "message too long") from error
        return None

    def _exactly(self, n: int) -> Generator[None, None, bytes]:
        if len(self._data) - self._at < n:
            yield
        self._at += n
        return self._data[self._at - n : self._at]

    def _join(self, frame: Frame) -> Message | None:
        payload = bytes(frame.data)
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return frame.opcode, payload
        if (frame.opcode is Opcode.CONT) is (self._opcode is None):
            raise WireError(PROTOCOL_ERROR, "fragments out of order")
        opcode = self._opcode or frame.opcode
        whole = self._begun + payload
        if len(whole) > MESSAGE_BYTES:
            raise WireError(TOO_BIG, "message too long")
        self._opcode, self._begun = (None, b"") if frame.fin else (opcode, whole)
        return (opcode, _checked(opcode, whole)) if frame.fin else None


def _checked(opcode: Opcode, payload: bytes) -> bytes:
    if opcode is Opcode.TEXT:
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            raise WireError(INVALID_TEXT, "not UTF-8") from error
    return payload
