"""The version, written once."""

__version__ = "0.1.0"


def engines() -> str:
    """The libraries that answers rest on, with the versions that are found, and Python's own."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = [f"Python {platform.python_version()}"]
    for name in ("SymPy", "NumPy", "python-flint", "Matplotlib"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)
