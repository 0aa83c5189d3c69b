"""Changing the configuration of a folder."""

import yaml


def set_key(folder, **keys):
    path = folder / "config" / "config.yaml"
    config = yaml.safe_load(path.read_text())
    for key, value in keys.items():
        config[key] = {**config[key], **value} if isinstance(value, dict) else value
    path.write_text(yaml.safe_dump(config, sort_keys=False))
