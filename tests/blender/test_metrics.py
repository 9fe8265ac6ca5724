"""`GET /metrics` of a real Blender in Prometheus' own parser, and the dashboard for it. Test process."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from wire import PATIENCE

parser = pytest.importorskip("prometheus_client.parser")

DASHBOARD = Path(__file__).resolve().parents[2] / "docs" / "grafana.json"


def scrape(address: str) -> dict[str, Any]:
    """Families by name, as Prometheus names them: a counter's without its `_total`."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=PATIENCE) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = list(parser.text_string_to_metric_families(answer.read().decode()))
    assert len({family.name for family in families}) == len(families)
    return {family.name: family for family in families}


def run(address: str, command: str) -> None:
    body = json.dumps({"type": command}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{address}/mcp", body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert json.load(answer)["success"] is True


def value(family: Any, **labels: str) -> float:
    [found] = [s.value for s in family.samples if labels.items() <= s.labels.items()]
    return found


def test_prometheus_reads_it(blender):
    before = scrape(blender.address)
    run(blender.address, "get_scene")
    run(blender.address, "get_server_status")
    after = scrape(blender.address)
    for name, family in after.items():
        assert family.documentation and family.type in {"gauge", "counter", "histogram"}, name
        assert family.samples, name
    [build] = after["tenon_build_info"].samples
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", build.labels["blender"]) and build.value == 1
    assert value(after["tenon_commands"]) >= value(before["tenon_commands"]) + 2
    assert value(after["tenon_queue_tasks"], state="completed") >= 1
    assert value(after["tenon_main_thread_last_sign_seconds"]) < PATIENCE
    assert after["tenon_commands"].type == "counter" and after["tenon_clients"].type == "gauge"


def test_the_dashboard_asks_for_what_there_is(blender):
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    samples = {sample.name for family in scrape(blender.address).values() for sample in family.samples}
    panels = dashboard["panels"]
    assert len(panels) >= 8 and len({panel["id"] for panel in panels}) == len(panels)
    asked = set()
    for panel in panels:
        assert panel["title"] and panel["targets"], panel
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24, panel["title"]
        for target in panel["targets"]:
            asked |= set(re.findall(r"\b(?:tenon|process)_\w+", target["expr"]))
    # Only where sessions are kept.
    assert {name for name in asked - samples if not name.startswith("tenon_store_")} == set()
    assert len(asked) >= 12
