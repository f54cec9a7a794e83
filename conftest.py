"""What pytest must not even look at: code whose package is optional and absent."""

from importlib.util import find_spec

# the compiled engine imports JAX at its top, as an optional file may
collect_ignore = [] if find_spec("jax") else ["src/educe/engines/network_compiled.py"]
