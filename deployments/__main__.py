"""Start a warm worker: `python -m deployments`."""

import asyncio

from deployments.worker import main

if __name__ == "__main__":
    asyncio.run(main())
