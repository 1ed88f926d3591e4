"""What lies in the folder of settings."""

from pathlib import Path


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if file.name != "settings.json.lock"}
