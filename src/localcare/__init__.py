"""localcare: a stock-and-flow model of health and care in Kent and Medway, and what runs it."""

from importlib.metadata import version

__version__ = version("localcare")
