"""The version, as CMakeLists.txt states it."""

__version__ = "0.1.0"
