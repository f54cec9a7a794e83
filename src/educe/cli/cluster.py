"""A Dask cluster by the address of its scheduler."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from educe.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10.0  # s to wait for the scheduler


@contextlib.contextmanager
def client(address: str | None) -> Iterator[Any]:
    """Connect to the scheduler for as long as the block runs; None without an address.

    Raises ParameterError if Dask is not installed or nothing answers at the address.
    """
    if address is None:
        yield None
        return
    try:
        import distributed
    except ImportError:
        raise ParameterError("--cluster needs Dask: pip install 'educe[dask]'.") from None
    try:
        open_client: Any = distributed.Client  # Dask states no types for it
        connected = open_client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ParameterError(
            f"--cluster: no scheduler answers at {address}, such as tcp://127.0.0.1:8786: {str(error).splitlines()[0]}"
        ) from None
    with connected:
        yield connected
