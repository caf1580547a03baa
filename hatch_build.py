"""Puts the playground's bundle into the wheel, built if need be."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PlaygroundHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs `web/build.py`, the same code that `make` runs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("playground_build", root / "web" / "build.py")
        assert spec is not None
        assert spec.loader is not None
        playground = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(playground)
        if version != "editable" and not playground.is_fresh(root):
            playground.build(root)
        build_data["artifacts"].append("web/bundle/**")
