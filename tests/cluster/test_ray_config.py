"""The cluster file is one that Ray takes, its commands are a shell's, and our settings in it are known."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray._private.label_utils import parse_node_labels_string
from ray.autoscaler._private.util import prepare_config, validate_config

from actors.crew import NODE, WEIGHT
from fleet import settings

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "growing.md").read_text()
START = ("head_start_ray_commands", "worker_start_ray_commands")


def written() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "ray_config.yaml").read_text())
    return found


def blocks(language: str) -> list[str]:
    """Find the code of one language in the guide."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S)


def ready(document: dict[str, Any]) -> dict[str, Any]:
    """Do with a file what ``ray up`` does before it asks a provider for anything."""
    prepared: dict[str, Any] = prepare_config(document)
    validate_config(prepared)
    return prepared


def commands() -> list[str]:
    return [command for name in START for command in written()[name]]


def test_ray_takes_the_file_and_keeps_every_worker() -> None:
    prepared = ready(written())
    (only,) = prepared["available_node_types"].values()
    assert only["min_workers"] == len(written()["provider"]["worker_ips"])
    assert only["min_workers"] <= only["max_workers"] <= prepared["max_workers"]


def test_the_guide_s_node_types_for_a_cloud_fit_into_it() -> None:
    (cloud,) = [yaml.safe_load(block) for block in blocks("yaml")]
    own = {name: value for name, value in written().items() if name != "min_workers"}
    prepared = ready({**own, **cloud})
    assert set(prepared["available_node_types"]) == {"head", "poller"}
    assert NODE not in prepared["available_node_types"]["poller"]["labels"]


def test_our_settings_in_it_are_known_and_need_no_server_of_yours() -> None:
    names = written()["metadata"]["flotilla"]
    assert names.keys() <= settings.Settings.model_fields.keys()
    settings.Settings.model_validate(names)
    assert not [name for name in names if "url" in name or "address" in name]


@pytest.mark.parametrize("command", commands())
def test_a_command_is_one_that_a_shell_can_read(command: str) -> None:
    subprocess.run(["sh", "-n", "-c", command], check=True)


def test_every_node_has_a_name_of_its_own_that_lasts() -> None:
    starts = [command for command in commands() if "ray start" in command]
    assert len(starts) == 2
    for command in starts:
        (asked,) = re.findall(r'--labels=("[^"]*")', command)
        said = subprocess.run(["sh", "-c", f"echo {asked}"], check=True, capture_output=True, text=True).stdout
        name = subprocess.run(["hostname", "-s"], check=True, capture_output=True, text=True).stdout.strip()
        assert parse_node_labels_string(said.strip()) == {NODE: name, WEIGHT: "1"}


def test_the_guide_s_environment_names_settings_that_there_are() -> None:
    environment = next(block for block in blocks("sh") if "FLOTILLA_NATS_URL=" in block)
    names = [shlex.split(line)[0].partition("=")[0] for line in environment.splitlines() if "=" in line]
    ours = {name.removeprefix("FLOTILLA_").lower() for name in names if name.startswith("FLOTILLA_")}
    assert ours <= settings.Settings.model_fields.keys()
    assert {"postgres_url", "nats_url", "redis_url", "openbao_url", "ray_address", "ray_jobs_url"} <= ours
    assert {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN"} <= set(names)
