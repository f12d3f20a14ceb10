"""Serve the API: `python -m api`."""

import uvicorn

from api.app import create_app
from schemas.settings import get_settings

PING_SECONDS = 30.0
LARGEST_FRAME = 4096  # clients send `ping`

if __name__ == "__main__":
    settings = get_settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,  # it would be done anew for every client
        timeout_graceful_shutdown=5,
    )
