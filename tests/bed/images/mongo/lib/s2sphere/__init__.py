from shapely import __getattr__  # noqa: F401
