from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from plinth.errors import InputError
from plinth.stack.recorder import record

ROOT = Path(__file__).parents[2]
Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, platform_outputs: dict[str, Any]) -> Refused:
    """Record the program with dev's settings changed, and give the error's text. `None` drops an area."""

    def _record(**areas: Any) -> str:
        for name in ("Pulumi.yaml", "__main__.py"):
            (tmp_path / name).write_text((ROOT / "workloads" / name).read_text())
        document = yaml.safe_load((ROOT / "workloads" / "Pulumi.dev.yaml").read_text())
        for area, changes in areas.items():
            key = f"plinth-workloads:{area}"
            if changes is None:
                del document["config"][key]
            else:
                document["config"].setdefault(key, {}).update(changes)
        (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(document))
        with pytest.raises(InputError) as caught:
            record("dev", project=tmp_path, references={"organization/plinth/dev": platform_outputs})
        return str(caught.value)

    return _record


def test_every_problem_of_every_area_is_reported_at_once(refused: Refused) -> None:
    text = refused(environment={"profile": "live"}, team={"name": "Vision!", "grup": "x"}, gpu_pool={"maximum_gpus": 0, "ami_version": "latest"})
    for key in ("environment.profile", "team.name", "team.grup", "gpu_pool.maximum_gpus", "gpu_pool.ami_version"):
        assert f"plinth-workloads:{key}\n" in text
    assert "'latest'" in text and "5 problems" in text


def test_a_missing_area_is_named_with_the_file_to_add_it_to(refused: Refused) -> None:
    text = refused(team=None)
    assert "plinth-workloads:team\n  value: (missing)" in text
    assert "workloads/Pulumi.dev.yaml" in text


def test_an_unknown_area_is_refused_with_the_nearest_known_one(refused: Refused) -> None:
    assert "did you mean gpu_pool?" in refused(gpu_pol={"families": ["g6"]})


def test_an_area_that_is_plain_text_is_one_problem_among_the_others(tmp_path: Path, platform_outputs: dict[str, Any]) -> None:
    for name in ("Pulumi.yaml", "__main__.py"):
        (tmp_path / name).write_text((ROOT / "workloads" / name).read_text())
    document = yaml.safe_load((ROOT / "workloads" / "Pulumi.dev.yaml").read_text())
    document["config"]["plinth-workloads:team"] = "vision"
    document["config"]["plinth-workloads:gpu_pool"]["maximum_gpus"] = 0
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(InputError) as caught:
        record("dev", project=tmp_path, references={"organization/plinth/dev": platform_outputs})
    assert "plinth-workloads:team\n  value: 'vision'" in str(caught.value)
    assert "plinth-workloads:gpu_pool.maximum_gpus" in str(caught.value)


def test_a_pool_of_one_family_is_refused(refused: Refused) -> None:
    assert "at least 2 families" in refused(gpu_pool={"families": ["g6"]})


def test_one_family_named_twice_is_still_one(refused: Refused) -> None:
    assert "at least 2 families" in refused(gpu_pool={"families": ["g6", "g6"]})


def test_families_of_unlike_gpus_are_refused(refused: Refused) -> None:
    text = refused(gpu_pool={"families": ["g6", "g4dn"]})
    assert "g4dn with 16 GiB a GPU" in text and "22.35 GiB, as on g6" in text


def test_an_unknown_family_is_refused_with_the_nearest(refused: Refused) -> None:
    assert "plinth-workloads:gpu_pool.families[1]" in refused(gpu_pool={"families": ["g6", "g55"]})


@pytest.mark.parametrize("name", ["kube-vision", "default"])
def test_a_team_can_not_take_the_clusters_namespaces(refused: Refused, name: str) -> None:
    assert "a namespace of the team's own" in refused(team={"name": name})


def test_a_team_can_not_take_the_clusters_groups(refused: Refused) -> None:
    assert "a group of the team's own" in refused(team={"group": "system:masters"})


def test_a_number_written_as_text_is_refused(refused: Refused) -> None:
    text = refused(gpu_pool={"maximum_gpus": "four"}, team={"quota": {"gpus": "4", "cpu": 1, "memory_gib": 1, "storage_gib": 1, "pods": 1}})
    assert "plinth-workloads:team.quota.gpus" in text and "plinth-workloads:gpu_pool.maximum_gpus" in text


def test_a_duration_in_days_is_refused_as_karpenter_has_none(refused: Refused) -> None:
    assert "plinth-workloads:gpu_pool.expire_after" in refused(gpu_pool={"expire_after": "14d"})
