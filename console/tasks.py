"""What runs beside the requests. A task that dies is begun again: automation must not stop silently."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

AGAIN_S = 1.0

Work = Callable[[], Coroutine[Any, Any, None]]

log = logging.getLogger(__name__)


async def kept_up(name: str, work: Work, again_s: float = AGAIN_S) -> None:
    """Run `work` until it ends by itself or is cancelled; whatever goes wrong in it is logged and it begins anew."""
    while True:
        try:
            return await work()
        except Exception:
            log.exception("the task %s stopped and begins again", name)
        await asyncio.sleep(again_s)
