"""Puts the pages' bundle into the wheel, built if need be."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs `web/build.py`, the same code that `make` runs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("pages_build", root / "web" / "build.py")
        assert spec is not None
        assert spec.loader is not None
        build = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(build)
        if version != "editable" and not build.is_fresh(root):
            build.build(root)
        build_data["artifacts"].append("web/bundle/**")
