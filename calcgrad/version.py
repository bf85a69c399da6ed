"""The version, written once."""

__version__ = "0.1.0"

_REQUIRED = ("SymPy", "NumPy", "python-flint", "Matplotlib")
_EXTRAS = ("SciPy", "PyArrow", "Dask")  # what special functions, Parquet files and a cluster are left to


def engines() -> str:
    """The libraries that answers rest on, with the versions that are found, and Python's own."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = [f"Python {platform.python_version()}"]
    for name in (*_REQUIRED, *_EXTRAS):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found += [f"no {name}"] if name in _REQUIRED else []
    return ", ".join(found)
