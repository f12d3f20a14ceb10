"""Our own rate limit: so many uses a minute for each client, in this process."""

import math
import time
from collections import defaultdict, deque

from schemas.errors import TooManyRequestsError

WINDOW_SECONDS = 60.0


class RequestLimit:
    """A sliding window a client."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._uses: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, client: str) -> None:
        """Count one use.

        Raises:
            TooManyRequestsError: the client has used up its minute; it says when to come back.
        """
        now = time.monotonic()
        uses = self._uses[client]
        while uses and uses[0] <= now - WINDOW_SECONDS:
            uses.popleft()
        if len(uses) >= self._per_minute:
            wait = math.ceil(uses[0] + WINDOW_SECONDS - now)
            raise TooManyRequestsError(
                f"{self._per_minute} uses a minute are allowed; come back in {wait} s", retry_after=wait
            )
        uses.append(now)
