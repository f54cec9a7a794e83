"""Simulated measurements: a law, noise, readings that are missing or wrong, and a seed."""

from educe.simulation.simulate import Simulated, simulate

__all__ = ["Simulated", "simulate"]
